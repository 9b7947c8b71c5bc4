#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <opencv2/core/mat.hpp>

#include "core/error.h"
#include "image/image.h"
#include "support/temp_folder.h"

// Encoded images for the tests, whole, unusual and broken, as strings of bytes.

namespace sr::test {

/// An RGB, gray or RGBA image by OpenCV's encoder for the extension.
std::string encode(const cv::Mat& image, const std::string& extension,
                   const std::vector<int>& parameters = {});

std::string be16(std::uint32_t value);
std::string be32(std::uint32_t value);
std::string le16(std::uint32_t value);
std::string le32(std::uint32_t value);

/// A PNG chunk with its checksum.
std::string png_chunk(const std::string& type, const std::string& data);
/// Signature and IHDR.
std::string png_start(std::uint32_t width, std::uint32_t height, char bits, char color_type);

/// The TIFF block inside EXIF that holds an orientation and nothing else.
std::string exif_block(int orientation, bool little = true);

/// One JPEG segment: marker, length, data.
std::string jpeg_segment(int marker, const std::string& data);
/// An 8 x 8 JPEG of one colour whose four components hold these values; with Adobe's marker or
/// without.
std::string four_component_jpeg(std::array<int, 4> values, bool adobe);

struct TiffField {
  std::uint16_t tag;
  std::uint16_t type;  // 3 = 16 bits, 4 = 32 bits, 7 = bytes
  std::vector<std::uint32_t> values;
};
/// A TIFF of one strip; adds the fields for its place and for the sides.
std::string tiff(int width, int height, std::vector<TiffField> fields, const std::string& pixels,
                 bool little = true);

/// A file of these bytes, for as long as this object lives, and what the module makes of it.
class EncodedFile {
 public:
  explicit EncodedFile(const std::string& bytes, const std::string& name = "x")
      : path_(folder_.write(name, bytes)) {}

  const std::filesystem::path& path() const { return path_; }
  ImageInfo probe() const { return probe_image(path_); }
  cv::Mat decode() const { return decode_image(path_); }
  /// Why probe_image or decode_image refuses it, without the name of the file; empty when it does
  /// not.
  std::string probe_refusal() const;
  std::string decode_refusal() const;

 private:
  TempFolder folder_;
  std::filesystem::path path_;
};

/// The message of the DataError that the call throws; empty when it throws none.
template <typename Call>
std::string refusal(Call call) {
  try {
    call();
  } catch (const DataError& error) {
    return error.what();
  }
  return {};
}

}  // namespace sr::test
