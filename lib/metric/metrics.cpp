#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "core/error.h"
#include "metric/metric.h"

namespace sr {

const std::vector<MetricEntry>& metrics() {
  static const std::vector<MetricEntry> kMetrics = {
      {"calculate_psnr", "peak signal-to-noise ratio in dB", true, &psnr},
      {"calculate_ssim", "structural similarity, at most 1", true, &ssim},
  };
  return kMetrics;
}

const MetricEntry& find_metric(std::string_view type) {
  std::string name(type);
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  std::string known;
  for (const MetricEntry& entry : metrics()) {
    if (entry.type == name) {
      return entry;
    }
    known += fmt::format("{}{}", known.empty() ? "" : ", ", entry.type);
  }
  throw ConfigError(fmt::format("unknown metric '{}'; there are: {}", type, known));
}

}  // namespace sr
