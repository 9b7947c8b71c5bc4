#include "config/monitored_metric.h"

#include <algorithm>

namespace sr {

std::size_t best_metric(const ValConfig& val) {
  const auto found =
      std::find_if(val.metrics.begin(), val.metrics.end(),
                   [&](const MetricConfig& candidate) { return candidate.key == val.best_by; });
  return found != val.metrics.end() ? static_cast<std::size_t>(found - val.metrics.begin()) : 0;
}

std::optional<MonitoredMetric> find_monitored(const Config& config, std::string_view name) {
  const std::size_t slash = name.rfind('/');
  const std::string_view set =
      slash == std::string_view::npos ? std::string_view("val") : name.substr(0, slash);
  const std::string_view key = slash == std::string_view::npos ? name : name.substr(slash + 1);
  const auto found_set =
      std::find_if(config.val_sets.begin(), config.val_sets.end(),
                   [&](const DatasetConfig& candidate) { return candidate.name == set; });
  const auto found_metric =
      std::find_if(config.val.metrics.begin(), config.val.metrics.end(),
                   [&](const MetricConfig& candidate) { return candidate.key == key; });
  const bool first = found_set == config.val_sets.end() && set == "val";
  if (config.val_sets.empty() || found_metric == config.val.metrics.end() ||
      (found_set == config.val_sets.end() && !first)) {
    return std::nullopt;
  }
  return MonitoredMetric{first ? 0 : static_cast<std::size_t>(found_set - config.val_sets.begin()),
                         static_cast<std::size_t>(found_metric - config.val.metrics.begin())};
}

}  // namespace sr
