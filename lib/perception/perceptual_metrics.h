#pragma once

#include <string_view>
#include <vector>

#include "metric/metric.h"

namespace sr {

/// The metrics that look through networks, one line each, beside metrics(). Their make() reads
/// MetricOptions::weights; CheckpointError says how to make the file.
const std::vector<MetricEntry>& perceptual_metrics();

/// Of perceptual_metrics() and metrics(), by YAML name; throws ConfigError as find_metric().
const MetricEntry& find_any_metric(std::string_view type);

}  // namespace sr
