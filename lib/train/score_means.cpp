#include "train/score_means.h"

#include <cmath>
#include <limits>

#include "perception/perceptual_metrics.h"

namespace sr {

std::vector<Metric> make_metrics(const std::vector<MetricConfig>& metrics,
                                 const std::string& device) {
  std::vector<Metric> functions;
  for (const MetricConfig& metric : metrics) {
    functions.push_back(find_any_metric(metric.type)
                            .make({.crop_border = metric.crop_border,
                                   .test_y_channel = metric.test_y_channel,
                                   .weights = metric.weights,
                                   .net = metric.net,
                                   .device = device}));
  }
  return functions;
}

ScoreMeans::ScoreMeans(const std::vector<MetricConfig>& metrics,
                       const std::vector<Metric>& functions)
    : metrics_(metrics), functions_(functions) {}

void ScoreMeans::add(const cv::Mat& output, const cv::Mat& gt) {
  const cv::Mat gt_bytes = as_8_bit(gt);
  for (std::size_t i = 0; i < metrics_.size(); ++i) {
    const MetricEntry& entry = find_any_metric(metrics_[i].type);
    const double score = why_not_measured(entry, gt.cols, gt.rows, metrics_[i].crop_border).empty()
                             ? functions_[i](output, gt_bytes)
                             : std::numeric_limits<double>::quiet_NaN();
    numbers_.push_back(std::isnan(score) ? 0 : 1);
    numbers_.push_back(std::isnan(score) ? 0 : score);
  }
}

void ScoreMeans::skip() {
  numbers_.insert(numbers_.end(), 2 * metrics_.size(), 0.0);
}

NamedValues ScoreMeans::values() const {
  const std::size_t row = 2 * metrics_.size();
  NamedValues values;
  for (std::size_t i = 0; i < metrics_.size(); ++i) {
    double images = 0;
    double sum = 0;
    for (std::size_t at = 2 * i; at < numbers_.size(); at += row) {
      images += numbers_[at];
      sum += numbers_[at + 1];  // in the order of images, whoever measured them
    }
    const double mean = images > 0 ? sum / images : std::numeric_limits<double>::quiet_NaN();
    values.emplace_back(metrics_[i].key, mean);
  }
  return values;
}

}  // namespace sr
