#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <opencv2/core/mat.hpp>

#include "config/config.h"
#include "metric/metric.h"
#include "report/event.h"

namespace sr {

/// The functions behind the configured metrics, in order; networks of metrics compute on `device`,
/// as LibTorch calls it. Throws CheckpointError for weights that
/// cannot be used.
std::vector<Metric> make_metrics(const std::vector<MetricConfig>& metrics,
                                 const std::string& device = "cpu");

/// Means of the metrics over the images of one validation. Ground truth of any depth is compared at
/// 8 bits (as_8_bit). An image that is too small for a metric, or for which it is NaN, is
/// left out of that metric alone.
class ScoreMeans {
 public:
  /// `functions` are those that make_metrics gives for `metrics`; both must outlive it.
  ScoreMeans(const std::vector<MetricConfig>& metrics, const std::vector<Metric>& functions);

  /// `output`: 8-bit RGB of the same sides as `gt`.
  void add(const cv::Mat& output, const cv::Mat& gt);
  /// An image that another process adds.
  void skip();
  /// For each image two numbers a metric: whether it is measured, and its score. Where images are
  /// shared out, everyone's numbers are to be the sums of all before values().
  std::span<double> numbers() { return numbers_; }
  /// In the configuration's order; NaN for a metric that no image has.
  NamedValues values() const;

 private:
  const std::vector<MetricConfig>& metrics_;
  const std::vector<Metric>& functions_;
  std::vector<double> numbers_;
};

}  // namespace sr
