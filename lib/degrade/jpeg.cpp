#include "degrade/jpeg.h"

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <stdexcept>
#include <vector>

namespace sr {

cv::Mat jpeg_compressed(const cv::Mat& image, int quality) {
  cv::Mat bytes;
  image.convertTo(bytes, CV_8U, 255);
  cv::cvtColor(bytes, bytes, cv::COLOR_RGB2BGR);
  std::vector<unsigned char> file;
  if (!cv::imencode(".jpg", bytes, file, {cv::IMWRITE_JPEG_QUALITY, quality})) {
    throw std::runtime_error("OpenCV cannot write JPEG");
  }
  bytes = cv::imdecode(file, cv::IMREAD_COLOR);
  if (bytes.size() != image.size()) {
    throw std::runtime_error("OpenCV cannot read the JPEG it wrote");
  }
  cv::cvtColor(bytes, bytes, cv::COLOR_BGR2RGB);
  cv::Mat result;
  bytes.convertTo(result, CV_32F, 1.0 / 255);
  return result;
}

}  // namespace sr
