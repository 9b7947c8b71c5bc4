#include "train/score_means.h"

#include <cmath>
#include <limits>

namespace sr {

std::vector<Metric> make_metrics(const std::vector<MetricConfig>& metrics) {
  std::vector<Metric> functions;
  for (const MetricConfig& metric : metrics) {
    functions.push_back(
        find_metric(metric.type).make({metric.crop_border, metric.test_y_channel, metric.weights}));
  }
  return functions;
}

ScoreMeans::ScoreMeans(const std::vector<MetricConfig>& metrics,
                       const std::vector<Metric>& functions)
    : metrics_(metrics), functions_(functions), sums_(metrics.size()) {}

void ScoreMeans::add(const cv::Mat& output, const cv::Mat& gt) {
  const cv::Mat gt_bytes = as_8_bit(gt);
  for (std::size_t i = 0; i < metrics_.size(); ++i) {
    const MetricConfig& metric = metrics_[i];
    const MetricEntry& entry = find_metric(metric.type);
    if (why_not_measured(entry, gt.cols, gt.rows, metric.crop_border).empty()) {
      const double score = functions_[i](output, gt_bytes);
      sums_[i].sum += std::isnan(score) ? 0 : score;
      sums_[i].images += std::isnan(score) ? 0 : 1;
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
