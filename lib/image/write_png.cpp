#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <span>
#include <stdexcept>
#include <vector>

#include "core/atomic_file.h"
#include "core/error.h"
#include "image/image.h"

namespace sr {

void write_png(const std::filesystem::path& file, const cv::Mat& rgb, int compression) {
  if (rgb.type() != CV_8UC3 && rgb.type() != CV_16UC3) {
    throw std::invalid_argument("write_png: not an 8 or 16-bit RGB image");
  }
  cv::Mat bgr;
  cv::cvtColor(rgb, bgr, cv::COLOR_RGB2BGR);
  std::vector<std::uint8_t> bytes;
  std::vector<int> parameters;
  if (compression != kFastCompression) {
    parameters = {cv::IMWRITE_PNG_COMPRESSION, compression};
  }
  if (!cv::imencode(".png", bgr, bytes, parameters)) {
    throw StorageError("cannot encode " + file.string() + " as PNG");
  }
  AtomicFile output(file);
  output.write(std::as_bytes(std::span(bytes)));
  output.commit();
}

}  // namespace sr
