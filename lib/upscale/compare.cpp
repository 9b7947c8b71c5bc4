#include "upscale/compare.h"

#include <fmt/format.h>

#include <limits>

#include <opencv2/core.hpp>

#include "core/error.h"
#include "metric/metric.h"

namespace sr {
namespace {

/// GT as large as the output: what validation cuts off is cut off here too.
cv::Mat fitted(const cv::Mat& gt, const cv::Mat& output, const std::string& file) {
  if (gt.cols < output.cols || gt.rows < output.rows) {
    throw DataError(fmt::format("{}: GT is {}x{}, the output {}x{}", file, gt.cols, gt.rows,
                                output.cols, output.rows));
  }
  return gt(cv::Rect(cv::Point(0, 0), output.size()));
}

}  // namespace

void compare(const CompareSettings& how, bool by_networks, const std::string& file,
             PictureItem& item, Problems& problems) {
  item.gt = as_8_bit(fitted(item.gt, item.compared, file));
  item.scores.resize(how.metrics.size(), std::numeric_limits<double>::quiet_NaN());
  for (std::size_t i = 0; i < how.metrics.size(); ++i) {
    const ComparedMetric& metric = how.metrics[i];
    if (metric.has_network != by_networks) {
      continue;
    }
    const std::string problem =
        why_not_measured(*metric.type, item.gt.cols, item.gt.rows, metric.crop_border);
    if (problem.empty()) {
      item.scores[i] = metric.measure(item.compared, item.gt);
    } else {
      problems.add(fmt::format("{}: {}", file, problem));
    }
  }
}

}  // namespace sr
