#include "train/score_means.h"

#include <limits>

#include "metric/metric.h"

namespace sr {

ScoreMeans::ScoreMeans(const std::vector<MetricConfig>& metrics)
    : metrics_(metrics), sums_(metrics.size()) {}

void ScoreMeans::add(const cv::Mat& output, const cv::Mat& gt) {
  const cv::Mat gt_bytes = as_8_bit(gt);
  for (std::size_t i = 0; i < metrics_.size(); ++i) {
    const MetricConfig& metric = metrics_[i];
    const MetricEntry& entry = find_metric(metric.type);
    if (why_not_measured(entry, gt.cols, gt.rows, metric.crop_border).empty()) {
      sums_[i].sum += entry.compute(output, gt_bytes, {metric.crop_border, metric.test_y_channel});
      ++sums_[i].images;
    }
  }
}

NamedValues ScoreMeans::values() const {
  NamedValues values;
  for (std::size_t i = 0; i < metrics_.size(); ++i) {
    const double mean = sums_[i].images > 0 ? sums_[i].sum / static_cast<double>(sums_[i].images)
                                            : std::numeric_limits<double>::quiet_NaN();
    values.emplace_back(metrics_[i].key, mean);
  }
  return values;
}

}  // namespace sr
