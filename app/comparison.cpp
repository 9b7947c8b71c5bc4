#include "comparison.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <utility>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/path_status.h"
#include "perception/perceptual_metrics.h"
#include "recipe/metrics.h"
#include "report/json_fields.h"
#include "train/must_fit.h"
#include "train/score_means.h"

namespace sr::app {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kTypes = "calculate_";

MetricConfig usual_metric(const recipe::MetricRow& row, int scale) {
  MetricConfig metric;
  metric.type = row.type;
  metric.key = row.type.substr(kTypes.size());
  metric.crop_border = row.of_whole_image ? 0 : scale;
  metric.higher_is_better = row.higher_is_better;
  return metric;
}

/// One of a resolved configuration; nothing for a type that is not known here.
std::optional<MetricConfig> metric_of(const std::string& key, const Json& entry, int scale) {
  const recipe::MetricRow* row =
      entry.is_object() ? recipe::find_metric(text_field(entry, "type")) : nullptr;
  if (row == nullptr) {
    return std::nullopt;
  }
  MetricConfig metric = usual_metric(*row, scale);
  metric.key = key;
  metric.crop_border = whole(field(entry, "crop_border"), 0, 4096).value_or(metric.crop_border);
  metric.test_y_channel = flag_field(entry, "test_y_channel", false);
  metric.weights = text_field(entry, "weights");
  metric.net = text_field(entry, "net", metric.net);
  metric.higher_is_better =
      text_field(entry, "better", metric.higher_is_better ? "higher" : "lower") == "higher";
  return metric;
}

std::vector<MetricConfig> metrics_of(const Json& val, int scale) {
  std::vector<MetricConfig> metrics;
  for (const auto& [key, entry] : field(val, "metrics").items()) {
    if (auto metric = metric_of(key, entry, scale)) {
      metrics.push_back(std::move(*metric));
    }
  }
  return metrics;
}

/// Takes the first metric of this type out of the run's; luma when the run has none.
MetricConfig taken(std::vector<MetricConfig>& of_run, const char* name, int scale) {
  const std::string type = std::string(kTypes) + name;
  const auto found = std::ranges::find(of_run, type, &MetricConfig::type);
  if (found == of_run.end()) {
    MetricConfig metric = usual_metric(*recipe::find_metric(type), scale);
    metric.test_y_channel = true;
    return metric;
  }
  MetricConfig metric = std::move(*found);
  of_run.erase(found);
  metric.key = name;
  return metric;
}

/// NAME=FILE of --metric.
MetricConfig asked_metric(const std::string& text, int scale) {
  const std::size_t sign = text.find('=');
  const std::string name = text.substr(0, sign);
  const std::string kind = name.substr(0, name.find('-'));
  const recipe::MetricRow* row = recipe::find_metric(std::string(kTypes) + kind);
  const std::string net = kind == name ? "" : name.substr(kind.size() + 1);
  constexpr std::array<std::string_view, 3> kNets{"alex", "vgg", "squeeze"};
  const bool net_fits =
      net.empty() || (kind == "lpips" && std::ranges::find(kNets, net) != kNets.end());
  if (row == nullptr || !row->reads_file() || !net_fits) {
    throw ConfigError(
        fmt::format("--metric: no metric '{}'; psnr and ssim are always there, others are niqe, "
                    "lpips (lpips-vgg, lpips-squeeze), dists, topiq, topiq_nr",
                    name));
  }
  MetricConfig metric = usual_metric(*row, scale);
  metric.key = name;
  metric.net = net.empty() ? metric.net : net;
  metric.weights = sign == std::string::npos ? "" : text.substr(sign + 1);
  if (metric.weights.empty()) {
    throw ConfigError(fmt::format(
        "--metric {0}: needs a file: --metric {0}=FILE; {1} makes it where {2} is installed", name,
        row->made_by, row->made_with));
  }
  return metric;
}

/// Those of the run whose files are there; what --metric names takes the place of one of its kind.
void settle_files(std::vector<MetricConfig>& of_run, std::vector<MetricConfig>& asked,
                  std::vector<std::string>& notes) {
  std::vector<MetricConfig> there;
  for (MetricConfig& metric : of_run) {
    const auto own = std::ranges::find_if(asked, [&](const MetricConfig& other) {
      return other.type == metric.type && other.net == metric.net;
    });
    if (own != asked.end()) {
      metric.weights = own->weights;
      asked.erase(own);
    } else if (!metric.weights.empty() && !is_there(metric.weights)) {
      notes.push_back(fmt::format(
          "{} of the run's validation is not measured: {}: no such file; --metric {}=FILE names "
          "another",
          metric.key, metric.weights, metric.type.substr(kTypes.size())));
      continue;
    }
    there.push_back(std::move(metric));
  }
  of_run = std::move(there);
}

/// What the run has called it, before psnr and ssim got these names.
std::string best_of_run(const Json& val, const std::vector<MetricConfig>& of_run) {
  const std::string best_by = text_field(val, "best_by");
  for (const char* name : {"psnr", "ssim"}) {
    const auto first = std::ranges::find(of_run, std::string(kTypes) + name, &MetricConfig::type);
    if (first != of_run.end() && first->key == best_by) {
      return name;
    }
  }
  return best_by;
}

bool has_network(const MetricConfig& metric) {
  return std::ranges::find(perceptual_metrics(), metric.type, &MetricEntry::type) !=
         perceptual_metrics().end();
}

/// "luma, 2 pixels of border left out"
std::string way_of(const MetricConfig& metric) {
  const bool of_colors = metric.type == "calculate_psnr" || metric.type == "calculate_ssim";
  return fmt::format("{}{} pixels of border left out",
                     !of_colors              ? ""
                     : metric.test_y_channel ? "luma, "
                                             : "RGB, ",
                     metric.crop_border);
}

}  // namespace

Comparison comparison(const UpscaleOptions& options, const std::optional<RunRecord>& run,
                      int scale) {
  const Json val = run ? field(run->config, "val") : Json();
  std::vector<MetricConfig> of_run = metrics_of(val, scale);
  const std::string best_by = best_of_run(val, of_run);
  std::vector<MetricConfig> asked;
  for (const std::string& text : options.metrics) {
    asked.push_back(asked_metric(text, scale));
  }
  Comparison made;
  settle_files(of_run, asked, made.notes);
  made.metrics = {taken(of_run, "psnr", scale), taken(of_run, "ssim", scale)};
  std::ranges::move(of_run, std::back_inserter(made.metrics));
  std::ranges::copy(asked, std::back_inserter(made.metrics));
  for (MetricConfig& metric : made.metrics) {
    metric.crop_border = options.crop_border.value_or(metric.crop_border);
    metric.test_y_channel = metric.test_y_channel && !options.rgb;
  }
  const std::string ranked_by = best_by.empty() && !asked.empty() ? asked.front().key : best_by;
  const auto best = std::ranges::find(made.metrics, ranked_by, &MetricConfig::key);
  if (best != made.metrics.end()) {
    made.best_by = static_cast<std::size_t>(best - made.metrics.begin());
  }
  return made;
}

CompareSettings compare_settings(const UpscaleOptions& options, const Comparison& comparison,
                                 at::Device device, DeviceMemory& memory) {
  std::vector<Metric> functions;
  must_fit("the networks of the metrics", memory,
           [&] { functions = make_metrics(comparison.metrics, device.str()); });
  CompareSettings settings{options.gt.value_or(""), {}};
  for (std::size_t i = 0; i < functions.size(); ++i) {
    const MetricConfig& metric = comparison.metrics[i];
    settings.metrics.push_back({.type = &find_any_metric(metric.type),
                                .crop_border = metric.crop_border,
                                .measure = std::move(functions[i]),
                                .has_network = has_network(metric)});
  }
  return settings;
}

std::string ways_text(const Comparison& comparison) {
  std::vector<std::string> parts;
  for (const MetricConfig& metric : comparison.metrics) {
    parts.push_back(fmt::format("{}: {}", metric.key, way_of(metric)));
  }
  return fmt::format("{}", fmt::join(parts, "; "));
}

std::string scores_text(const Comparison& comparison, const PictureScore& score, ScoreDigits digits,
                        const std::string& between) {
  const auto text_of = [digits](double value) {
    return std::isnan(value)             ? std::string("-")
           : digits == ScoreDigits::kAll ? Json(value).dump()
                                         : fmt::format("{:.4f}", value);
  };
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < comparison.metrics.size(); ++i) {
    parts.push_back(fmt::format("{} {}", comparison.metrics[i].key, text_of(score.values[i])));
  }
  return fmt::format("{}", fmt::join(parts, between));
}

}  // namespace sr::app
