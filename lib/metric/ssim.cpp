#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <stdexcept>

#include "metric/planes.h"

namespace sr {
namespace {

constexpr double kSigma = 1.5;
constexpr double kC1 = (0.01 * 255.0) * (0.01 * 255.0);
constexpr double kC2 = (0.03 * 255.0) * (0.03 * 255.0);

/// Means under the Gaussian window wherever it lies wholly in the image.
cv::Mat window_mean(const cv::Mat& plane) {
  const cv::Mat kernel = cv::getGaussianKernel(kSsimWindow, kSigma, CV_64F);
  cv::Mat mean;
  cv::sepFilter2D(plane, mean, CV_64F, kernel, kernel);
  constexpr int kMargin = kSsimWindow / 2;
  return mean(cv::Rect(kMargin, kMargin, plane.cols - 2 * kMargin, plane.rows - 2 * kMargin));
}

double plane_ssim(const cv::Mat& a, const cv::Mat& b) {
  const cv::Mat mean_a = window_mean(a);
  const cv::Mat mean_b = window_mean(b);
  const cv::Mat mean_ab = mean_a.mul(mean_b);
  const cv::Mat mean_aa = mean_a.mul(mean_a);
  const cv::Mat mean_bb = mean_b.mul(mean_b);
  const cv::Mat covariance = window_mean(a.mul(b)) - mean_ab;
  const cv::Mat variances = window_mean(a.mul(a)) - mean_aa + window_mean(b.mul(b)) - mean_bb;
  const cv::Mat above = (2.0 * mean_ab + kC1).mul(2.0 * covariance + kC2);
  const cv::Mat below = (mean_aa + mean_bb + kC1).mul(variances + kC2);
  return cv::mean(above / below)[0];
}

}  // namespace

double ssim(const cv::Mat& output, const cv::Mat& gt, const MetricOptions& options) {
  require_equal_sides(output, gt);
  const std::vector<cv::Mat> a = metric_planes(output, options);
  const std::vector<cv::Mat> b = metric_planes(gt, options);
  if (a[0].cols < kSsimWindow || a[0].rows < kSsimWindow) {
    throw std::invalid_argument("SSIM needs at least 11 x 11 pixels after crop_border");
  }
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    sum += plane_ssim(a[i], b[i]);
  }
  return sum / static_cast<double>(a.size());
}

}  // namespace sr
