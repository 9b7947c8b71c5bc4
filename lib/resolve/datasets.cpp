#include "resolve/sections.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <functional>

#include "config/tables.h"
#include "dialect/vocabulary.h"
#include "recipe/metrics.h"
#include "resolve/crop_size.h"
#include "resolve/degradation.h"

namespace sr::settings {
namespace {

/// The child of a section, or an empty one: what is required inside is then missed by name.
const Node& child_or_empty(const Node& map, std::string_view key) {
  static const Node kEmpty = map_node();
  const Node* child = map.find(key);
  return child != nullptr ? *child : kEmpty;
}

/// A section that is not in the file stands where its parent does.
Node section_at(const Node& map, std::string_view key) {
  Node section = child_or_empty(map, key);
  if (map.find(key) == nullptr) {
    section.line = map.line;
  }
  return section;
}

void check_roots(const Node& map, const DatasetConfig& set, const Site& site) {
  const std::string_view single = set.is_video() ? "singlevideodataset" : "singlegtdataset";
  if (!set.type.empty() && !set.has_lq() && !set.dataroot_lq.empty()) {
    site.findings().no_effect(site.full("dataroot_lq"),
                              fmt::format("{} makes LQ from GT", set.type));
  }
  if (!set.has_lq() || set.dataroot_gt.empty()) {
    return;
  }
  const Node* lq = map.find("dataroot_lq");
  if (lq == nullptr || lq->is_null()) {
    site.problem(lq != nullptr ? lq->line : map.line, "dataroot_lq",
                 fmt::format("required (text or list of texts); {} makes LQ from GT", single));
  } else if (!set.dataroot_lq.empty() && set.dataroot_lq.size() != set.dataroot_gt.size()) {
    site.problem(lq->line, "dataroot_lq",
                 fmt::format("expected {} as in dataroot_gt, one LQ folder for each, got {}",
                             set.dataroot_gt.size(), set.dataroot_lq.size()));
  }
}

void check_weights(const Node& map, const DatasetConfig& set, const Site& site) {
  const Node* weights = map.find("dataroot_weights");
  if (weights == nullptr || set.dataroot_weights.empty() || set.dataroot_gt.empty()) {
    return;
  }
  if (set.dataroot_weights.size() != set.dataroot_gt.size()) {
    site.problem(weights->line, "dataroot_weights",
                 fmt::format("expected {} as in dataroot_gt, one number for each, got {}",
                             set.dataroot_gt.size(), set.dataroot_weights.size()));
  }
  if (set.type.find("video") != std::string::npos) {
    site.problem(weights->line, "dataroot_weights",
                 fmt::format("is for images; {} shows every frame once", set.type));
  }
}

void read_training_set(const Node& root, const Node& map, Config& config, Findings& findings) {
  const Site site(findings, "datasets.train", "datasets");
  DatasetConfig& set = config.train_set;
  set.key = set.name = "train";
  read_section(training_fields(), filtered(map, std::not_fn(is_degradation_key)), set, site);
  if (!map.is_map()) {
    return;
  }
  settle_paired_type(root, map, set, findings);
  read_degradation(root, map, config, findings);
  resolve_lq_size(root, map, config, findings);
  check_roots(map, set, site);
  check_weights(map, set, site);
  if (set.num_worker_per_gpu) {
    set.num_worker_per_gpu = std::max(1, *set.num_worker_per_gpu);
  }
}

/// A set that is left out, with a warning: nothing could be measured on it.
bool is_skipped(const std::string& key, const Node& map, Findings& findings) {
  const Node* type = map.find("type");
  const auto found =
      type != nullptr ? find_type(TypeKind::kDataset, type->text) : std::optional<FoundType>();
  if (!found || found->support != Support::kSkipped) {
    return false;
  }
  findings.warning(fmt::format("datasets.{}: skipped: {}: {}", key, type->text, found->text));
  return true;
}

bool training_only(const std::string& key) {
  const auto among = [&](const Fields<DatasetConfig>& fields) {
    return std::any_of(fields.begin(), fields.end(),
                       [&](const FieldText& field) { return field.is_named(key); });
  };
  return key == "gt_size" || is_degradation_key(key) ||
         (among(training_fields()) && !among(dataset_fields()));
}

void read_validation_set(const std::string& key, const Node& map, Config& config,
                         Findings& findings) {
  const Site site(findings, "datasets." + key, "datasets");
  DatasetConfig set;
  set.key = set.name = key;
  set.clip_size = config.train_set.clip_size;
  for (const std::string& name : map.keys) {
    if (training_only(name)) {
      findings.no_effect(site.full(name), "validation takes whole images, one at a time");
    }
  }
  read_section(dataset_fields(), filtered(map, std::not_fn(training_only)), set, site);
  settle_paired_type(map, map, set, findings);
  if (map.is_map()) {
    check_roots(map, set, site);
  }
  if (set.is_degraded()) {
    site.problem(map.find("type")->line, "type",
                 "degradation is for training; validate with pairedimagedataset (LQ images made "
                 "once) or singlegtdataset (bicubic)");
  }
  config.val_sets.push_back(std::move(set));
}

/// A setting of a set, below a set that has none.
bool is_indented_too_little(const std::string& key, const Node& datasets) {
  const bool empty_set = std::ranges::any_of(datasets.children, &Node::is_null);
  return empty_set && std::ranges::any_of(training_fields(), [&](const FieldText& field) {
           return field.is_named(key);
         });
}

}  // namespace

void read_datasets(const Node& root, Config& config, Findings& findings) {
  const Node datasets = section_at(root, "datasets");
  const Site site(findings, "datasets", "datasets");
  if (!expect_section(datasets, site)) {
    return;
  }
  read_training_set(root, section_at(datasets, "train"), config, findings);
  for (std::size_t i = 0; i < datasets.keys.size(); ++i) {
    const std::string& key = datasets.keys[i];
    if (key.starts_with("val")) {
      if (!datasets.children[i].is_null() && !is_skipped(key, datasets.children[i], findings)) {
        read_validation_set(key, datasets.children[i], config, findings);
      }
    } else if (key != "train") {
      site.problem(datasets.children[i].line, key,
                   is_indented_too_little(key, datasets)
                       ? "belongs to a data set: indent it under the name of the set above it"
                       : "unknown data set; known: train, and val, val_1, val_2 ...");
    }
  }
}

void read_metrics(const Node& root, Config& config, Findings& findings) {
  const Node val = section_at(root, "val");
  const Site site(findings, "val.metrics", "val.metrics");
  const Node* enabled = val.find("metrics_enabled");
  if (enabled != nullptr && !enabled->is_null() && !enabled->boolean()) {
    findings.problem(enabled->line, "val.metrics_enabled",
                     "expected true or false, got " + enabled->shown());
  }
  const Node* metrics = val.find("metrics");
  const bool disabled = enabled != nullptr && enabled->boolean() == false;
  if (disabled || metrics == nullptr || metrics->is_null()) {
    config.val.metrics = disabled ? std::vector<MetricConfig>{} : default_metrics(config.scale);
    return;
  }
  if (!expect_section(*metrics, site)) {
    return;
  }
  for (std::size_t i = 0; i < metrics->keys.size(); ++i) {
    const std::string& key = metrics->keys[i];
    const Node& map = metrics->children[i];
    const Node* type = map.find("type");
    const auto found = type != nullptr ? find_type(TypeKind::kMetric, type->text) : std::nullopt;
    if (found && found->support == Support::kSkipped) {
      findings.warning(fmt::format("val.metrics.{}: skipped: {}", key, found->text));
      continue;
    }
    MetricConfig metric;
    metric.key = key;
    const recipe::MetricRow* row = found ? recipe::find_metric(found->name) : nullptr;
    metric.crop_border = row != nullptr && row->of_whole_image ? 0 : config.scale;
    metric.higher_is_better = row == nullptr || row->higher_is_better;
    read_section(metric_fields(), map, metric, Site(findings, "val.metrics." + key, "val.metrics"));
    if (metric.weights.empty() && row != nullptr && row->reads_file()) {
      findings.warning(
          fmt::format("val.metrics.{}: skipped: {} needs a file, which `weights` names; {} makes "
                      "it where {} is installed (docs/validation.md)",
                      key, metric.type, row->made_by, row->made_with));
      continue;
    }
    config.val.metrics.push_back(std::move(metric));
  }
}

void settle_best_by(const Node& root, Config& config, Findings& findings) {
  const std::vector<MetricConfig>& metrics = config.val.metrics;
  std::string& wanted = config.val.best_by;
  if (!wanted.empty()) {
    std::vector<std::string> known;
    for (const MetricConfig& metric : metrics) {
      known.push_back(metric.key);
    }
    if (std::ranges::find(known, wanted) == known.end()) {
      findings.problem(
          line_of(root, "val.best_by"), "val.best_by",
          fmt::format("no such metric: {}; val.metrics has {}", wanted,
                      known.empty() ? "none" : fmt::format("{}", fmt::join(known, ", "))));
    }
    return;
  }
  if (metrics.empty()) {
    return;
  }
  wanted = metrics.front().key;
  const auto perceptual = std::ranges::find_if(metrics, [](const MetricConfig& metric) {
    const recipe::MetricRow* row = recipe::find_metric(metric.type);
    return row != nullptr && row->chooses_best;
  });
  if (config.network_d && perceptual != metrics.end() && perceptual->key != wanted) {
    wanted = perceptual->key;
    findings.notice(fmt::format(
        "val.best_by: {} says which weights are best, because they are trained against a "
        "discriminator; val.best_by names another metric",
        wanted));
  }
}

}  // namespace sr::settings
