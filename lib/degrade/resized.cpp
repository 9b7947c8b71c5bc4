#include "degrade/resized.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "image/resize.h"
#include "image/resize_filter.h"

namespace sr {
namespace {

int interpolation(ResizeMode mode) {
  switch (mode) {
    case ResizeMode::kArea:
      return cv::INTER_AREA;
    case ResizeMode::kBilinear:
      return cv::INTER_LINEAR;
    case ResizeMode::kBicubic:
      return cv::INTER_CUBIC;
    case ResizeMode::kNearest:
      return cv::INTER_NEAREST_EXACT;
    case ResizeMode::kLanczos:
      return cv::INTER_LANCZOS4;
  }
  return cv::INTER_AREA;
}

cv::Mat plainly_resized(const cv::Mat& image, cv::Size size, int method) {
  cv::Mat result;
  cv::resize(image, result, size, 0, 0, method);
  return result;
}

/// Values of the Lanczos kernel of three lobes at the distances that pixels have once the image is
/// `ratio` (below 1) times as large, of sum 1.
cv::Mat low_pass(double ratio) {
  const double lobes = kernel_of(Filter::kLanczos3).width / 2;
  const int reach = static_cast<int>(std::ceil(lobes / ratio + 1)) - 2;
  cv::Mat kernel(1, 2 * reach + 1, CV_32F);
  for (int i = -reach; i <= reach; ++i) {
    kernel.at<float>(i + reach) =
        static_cast<float>(kernel_of(Filter::kLanczos3).weight(i * ratio));
  }
  return kernel / cv::sum(kernel)[0];
}

cv::Mat smoothed(const cv::Mat& image, cv::Size size) {
  const cv::Mat none = cv::Mat::ones(1, 1, CV_32F);
  const auto along = [&](int from, int to) {
    return to < from ? low_pass(static_cast<double>(to) / from) : none;
  };
  if (size.width >= image.cols && size.height >= image.rows) {
    return image;
  }
  cv::Mat result;
  cv::sepFilter2D(image, result, CV_32F, along(image.cols, size.width),
                  along(image.rows, size.height), cv::Point(-1, -1), 0,
                  cv::BORDER_REFLECT_101 | cv::BORDER_ISOLATED);
  return result;
}

}  // namespace

cv::Mat resized(const cv::Mat& image, cv::Size size, ResizeMode mode, bool antialias) {
  if (image.size() == size) {
    return image;
  }
  const bool shrinks = size.width < image.cols || size.height < image.rows;
  if (antialias && mode == ResizeMode::kBicubic) {
    return resize_bicubic_to(image, size.width, size.height);
  }
  if (antialias && mode == ResizeMode::kBilinear && shrinks) {
    return resize_to(image, size.width, size.height, Filter::kBilinear);
  }
  if (antialias && mode == ResizeMode::kLanczos) {
    const cv::Mat result = plainly_resized(smoothed(image, size), size, cv::INTER_CUBIC);
    return cv::max(cv::min(result, 1.0), 0.0);
  }
  return plainly_resized(image, size, interpolation(mode));
}

}  // namespace sr
