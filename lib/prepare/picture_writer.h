#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>

#include <opencv2/core/mat.hpp>

#include "prepare/layout.h"
#include "prepare/settings.h"

namespace sr {

/// Files of the prepared set.
struct FileCounts {
  std::size_t written = 0;
  std::size_t kept = 0;     ///< were there already
  std::uint64_t bytes = 0;  ///< of those written
};

/// Makes the pictures of the prepared set out of decoded ones. Of a file that exists it is known
/// that it is whole and right (see Plan), so only missing ones are written. All members may be
/// called from several threads.
class PictureWriter {
 public:
  PictureWriter(const PrepareSettings& settings, const Layout& layout)
      : settings_(settings), layout_(layout) {}

  /// True when every file of this image or frame is there; they then count as kept.
  bool keep(const Source& source, std::int64_t frame);

  /// Writes the missing files of an image or frame, given as decoded. The LR is made of the whole
  /// picture and cut where GT is cut. Throws StorageError, and DataError for a picture of other
  /// sides than its source has been recorded with.
  void write(const cv::Mat& picture, const Source& source, std::int64_t frame);

  FileCounts counts() const { return {written_, kept_, bytes_}; }

 private:
  void require_recorded_sides(const cv::Mat& picture, const Source& source) const;
  std::filesystem::path file_of(const SetFolder& folder, const Part& part) const;
  void write_file(const std::filesystem::path& file, const cv::Mat& image);

  const PrepareSettings& settings_;
  const Layout& layout_;
  std::atomic<std::size_t> written_{0};
  std::atomic<std::size_t> kept_{0};
  std::atomic<std::uint64_t> bytes_{0};
};

}  // namespace sr
