#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>

#include "metric/planes.h"

namespace sr {

double psnr(const cv::Mat& output, const cv::Mat& gt, const MetricOptions& options) {
  require_equal_sides(output, gt);
  const std::vector<cv::Mat> a = metric_planes(output, options);
  const std::vector<cv::Mat> b = metric_planes(gt, options);
  double squared_error = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    squared_error += cv::norm(a[i], b[i], cv::NORM_L2SQR);
  }
  if (squared_error == 0.0) {
    return kHighestPsnr;
  }
  const double mean =
      squared_error / (static_cast<double>(a[0].total()) * static_cast<double>(a.size()));
  return std::min(kHighestPsnr, 10.0 * std::log10(255.0 * 255.0 / mean));
}

}  // namespace sr
