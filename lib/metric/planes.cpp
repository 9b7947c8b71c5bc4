#include "metric/planes.h"

#include <fmt/format.h>

#include <opencv2/core.hpp>
#include <stdexcept>

namespace sr {
namespace {

// ITU-R BT.601, studio range 16..235, as MATLAB's rgb2ycbcr computes it; not rounded.
cv::Mat luma(const cv::Mat& rgb) {
  cv::Mat y;
  cv::transform(rgb, y, cv::Matx14d(65.481 / 255.0, 128.553 / 255.0, 24.966 / 255.0, 16.0));
  return y;
}

}  // namespace

std::vector<cv::Mat> metric_planes(const cv::Mat& image, const MetricOptions& options) {
  if (image.type() != CV_8UC3) {
    throw std::invalid_argument("metrics compare 8-bit RGB images");
  }
  const int crop = options.crop_border;
  const cv::Rect inner(crop, crop, image.cols - 2 * crop, image.rows - 2 * crop);
  if (crop < 0 || inner.width <= 0 || inner.height <= 0) {
    throw std::invalid_argument(fmt::format("crop_border {} leaves nothing of an image of {} x {}",
                                            crop, image.cols, image.rows));
  }
  cv::Mat rgb;
  image(inner).convertTo(rgb, CV_64F);
  if (options.test_y_channel) {
    return {luma(rgb)};
  }
  std::vector<cv::Mat> planes;
  cv::split(rgb, planes);
  return planes;
}

void require_equal_sides(const cv::Mat& output, const cv::Mat& gt) {
  if (output.size() != gt.size()) {
    throw std::invalid_argument(fmt::format("images of {} x {} and {} x {} cannot be compared",
                                            output.cols, output.rows, gt.cols, gt.rows));
  }
}

}  // namespace sr
