#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <opencv2/core/mat.hpp>

namespace sr {

/// How a metric compares an 8-bit RGB output with the 8-bit RGB ground truth of equal size.
struct MetricOptions {
  int crop_border = 0;          ///< pixels removed on each side first
  bool test_y_channel = false;  ///< compare BT.601 studio-range Y (not rounded) instead of RGB
  std::string weights{};        ///< file of a metric that reads one
  std::string net{};            ///< which network a metric looks through, where there are several
  std::string device = "cpu";   ///< where networks of metrics compute, as LibTorch calls it
};

/// The most that psnr() gives, in dB: that of equal images, whose MSE is zero. A blank page that
/// the network gets right must not make a mean over a set infinite.
inline constexpr double kHighestPsnr = 100;

/// 10 log10(255^2 / MSE) in dB over all compared values, at most kHighestPsnr. Throws
/// std::invalid_argument when the sizes differ or nothing is left after the crop.
double psnr(const cv::Mat& output, const cv::Mat& gt, const MetricOptions& options);

/// Wang et al. 2004: 11x11 Gaussian window, sigma 1.5, valid region, C1 = (0.01*255)^2, C2 =
/// (0.03*255)^2, mean over the map and the channels. Images must be at least 11 pixels on each side
/// after the crop (std::invalid_argument).
double ssim(const cv::Mat& output, const cv::Mat& gt, const MetricOptions& options);

/// Of an 8-bit RGB output and its 8-bit RGB ground truth of equal size; NaN when an image gives
/// none.
using Metric = std::function<double(const cv::Mat& output, const cv::Mat& gt)>;

struct MetricEntry {
  std::string_view type;  ///< a row of recipe::kMetrics
  int smallest_side;      ///< pixels that an image needs after the crop, in both directions
  /// Reads the weights of a metric that has them: throws CheckpointError "<file>: <reason>".
  Metric (*make)(const MetricOptions& options);
};

/// Why an image of these sides (pixels) cannot be measured; empty when it can be.
std::string why_not_measured(const MetricEntry& metric, int width, int height, int crop_border);

/// RGB of any depth as metrics compare it. 16 bits lose their low byte, as when BasicSR reads
/// ground truth, so that scores can be set against its; floats of 0..1 are rounded to 255 levels.
cv::Mat as_8_bit(const cv::Mat& image);

/// Every metric, one line each.
const std::vector<MetricEntry>& metrics();

/// By YAML name; throws ConfigError that lists the known ones.
const MetricEntry& find_metric(std::string_view type);

}  // namespace sr
