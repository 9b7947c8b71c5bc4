#include <fmt/format.h>

#include "core/error.h"
#include "core/lower_case.h"
#include "metric/metric.h"
#include "metric/niqe.h"
#include "metric/planes.h"

namespace sr {
namespace {

template <double (*compute)(const cv::Mat&, const cv::Mat&, const MetricOptions&)>
Metric compared(const MetricOptions& options) {
  return
      [options](const cv::Mat& output, const cv::Mat& gt) { return compute(output, gt, options); };
}

Metric niqe(const MetricOptions& options) {
  return [niqe = Niqe::read(options.weights), crop = options.crop_border](
             const cv::Mat& output, const cv::Mat&) { return niqe(output, crop); };
}

}  // namespace

const std::vector<MetricEntry>& metrics() {
  static const std::vector<MetricEntry> kMetrics = {
      {"calculate_psnr", 1, &compared<&psnr>},
      {"calculate_ssim", kSsimWindow, &compared<&ssim>},
      {"calculate_niqe", kNiqeBlock, &niqe},
  };
  return kMetrics;
}

const MetricEntry& find_metric(std::string_view type) {
  const std::string name = lower(type);
  std::string known;
  for (const MetricEntry& entry : metrics()) {
    if (entry.type == name) {
      return entry;
    }
    known += fmt::format("{}{}", known.empty() ? "" : ", ", entry.type);
  }
  throw ConfigError(fmt::format("unknown metric '{}'; there are: {}", type, known));
}

std::string why_not_measured(const MetricEntry& metric, int width, int height, int crop_border) {
  const int needed = metric.smallest_side + 2 * crop_border;
  if (width >= needed && height >= needed) {
    return {};
  }
  return fmt::format("{}x{} is less than the {}x{} that {} needs with crop_border {}", width,
                     height, needed, needed, metric.type, crop_border);
}

cv::Mat as_8_bit(const cv::Mat& image) {
  cv::Mat bytes;
  switch (image.depth()) {
    case CV_8U:
      return image;
    case CV_16U:
      // v / 256 - 0.5 rounds to v >> 8 but at the halves, where v is a multiple of 256.
      image.convertTo(bytes, CV_8U, 1.0 / 256, -0.5 + 1.0 / 512);
      return bytes;
    default:
      image.convertTo(bytes, CV_8U, 255);
      return bytes;
  }
}

}  // namespace sr
