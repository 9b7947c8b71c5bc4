#include "train/validation_set.h"

#include <span>

#include <fmt/format.h>

#include "config/monitored_metric.h"
#include "core/checksum.h"
#include "core/lines.h"
#include "perception/perceptual_metrics.h"

namespace sr {
namespace {

std::string score_name(const ValidationSet& set, const MetricConfig& metric) {
  return set.config.name + "/" + metric.key;
}

std::string files_text(const ValidationSet& set) {
  std::string names = fmt::format("{} frames\n", set.config.clip_size);
  for (const ImagePair& pair : set.pairs) {
    names += fmt::format("{} {}x{}\n", pair.stem, pair.lq_width, pair.lq_height);
  }
  return fmt::format("{} images {}", set.pairs.size(),
                     checksum_text(checksum(std::as_bytes(std::span(names)))));
}

std::string metric_text(const MetricConfig& metric) {
  return fmt::format("{}{} {}, crop_border {}, {} is better", metric.type,
                     metric.type == "calculate_lpips" ? " through " + metric.net : "",
                     metric.test_y_channel ? "of Y" : "of RGB", metric.crop_border,
                     metric.higher_is_better ? "higher" : "lower");
}

}  // namespace

MetricFindings check_metrics(const ValidationSet& set, const ValConfig& val, int scale) {
  MetricFindings findings;
  for (const MetricConfig& metric : val.metrics) {
    const MetricEntry& entry = find_any_metric(metric.type);
    std::vector<std::string> left_out;
    for (const ImagePair& pair : set.pairs) {
      const std::string reason = why_not_measured(entry, pair.lq_width * scale,
                                                  pair.lq_height * scale, metric.crop_border);
      if (!reason.empty()) {
        left_out.push_back(pair.gt.string() + ": " + reason);
      }
    }
    if (left_out.empty()) {
      continue;
    }
    const bool none_left = left_out.size() == set.pairs.size();
    std::string text = fmt::format(
        "datasets.{}: {} of {} images cannot be measured by val.metrics.{}{}: {}", set.config.key,
        left_out.size(), set.pairs.size(), metric.key, none_left ? "" : " and are left out of it",
        shortened_list(left_out, none_left ? kNamesInError : kNamesInWarning));
    (none_left ? findings.problems : findings.warnings).push_back(std::move(text));
  }
  return findings;
}

std::map<std::string, std::string> scoring_rules(const std::vector<ValidationSet>& sets,
                                                 const ValConfig& val) {
  std::map<std::string, std::string> rules;
  for (const ValidationSet& set : sets) {
    const std::string files = files_text(set);
    for (const MetricConfig& metric : val.metrics) {
      rules[score_name(set, metric)] = metric_text(metric) + "; " + files;
    }
  }
  return rules;
}

std::string best_rule(const std::vector<ValidationSet>& sets, const ValConfig& val) {
  if (sets.empty() || val.metrics.empty()) {
    return {};
  }
  const std::string name = score_name(sets.front(), val.metrics[best_metric(val)]);
  return name + ": " + scoring_rules({sets.front()}, val).at(name);
}

}  // namespace sr
