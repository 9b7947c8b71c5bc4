#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "config/config.h"

namespace sr {

/// One metric of one validation set, as indices into Config::val_sets and ValConfig::metrics.
struct MonitoredMetric {
  std::size_t set = 0;
  std::size_t metric = 0;
};

/// Index of val.best_by in val.metrics; 0 when there is none.
std::size_t best_metric(const ValConfig& val);

/// "<name of a set>/<metric>"; "val/<metric>" and "<metric>" are of the first set. Nothing when
/// there is no such set or metric.
std::optional<MonitoredMetric> find_monitored(const Config& config, std::string_view name);

}  // namespace sr
