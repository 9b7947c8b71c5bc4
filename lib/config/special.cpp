#include "config/special.h"

#include <algorithm>

#include "config/tables.h"
#include "config/vocabulary.h"

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

void resolve_lq_size(const Node& map, Config& config, const Site& site) {
  const Node* size = pick(map, {"lq_size", "gt_size"}, site);
  if (size == nullptr || size->is_null() || size == map.find("lq_size") || config.scale == 0) {
    return;
  }
  const std::int64_t gt_size = size->integer().value_or(0);
  const std::int64_t largest = std::int64_t{8192} * config.scale;
  if (gt_size < 1 || gt_size > largest || gt_size % config.scale != 0) {
    site.problem(size->line, "gt_size",
                 fmt::format("expected a multiple of scale ({}) from {} to {}, got {}",
                             config.scale, config.scale, largest, size->shown()));
    return;
  }
  config.train_set.lq_size = static_cast<int>(gt_size / config.scale);
}

void check_roots(const Node& map, const DatasetConfig& set, const Site& site) {
  const std::string_view single = set.is_video() ? "singlevideodataset" : "singlegtdataset";
  if (set.type == single && !set.dataroot_lq.empty()) {
    site.findings().no_effect(site.full("dataroot_lq"), fmt::format("{} makes LQ from GT", single));
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

void read_training_set(const Node& map, Config& config, Findings& findings) {
  const Site site(findings, "datasets.train", "datasets");
  DatasetConfig& set = config.train_set;
  set.key = set.name = "train";
  read_section(training_fields(), map, set, site);
  if (!map.is_map()) {
    return;
  }
  resolve_lq_size(map, config, site);
  check_roots(map, set, site);
  check_weights(map, set, site);
  if (set.num_worker_per_gpu) {
    set.num_worker_per_gpu = std::max(1, *set.num_worker_per_gpu);
  }
}

bool training_only(const std::string& key) {
  const auto among = [&](const Fields<DatasetConfig>& fields) {
    return std::any_of(fields.begin(), fields.end(),
                       [&](const FieldText& field) { return field.is_named(key); });
  };
  return key == "gt_size" || (among(training_fields()) && !among(dataset_fields()));
}

void read_validation_set(const std::string& key, const Node& map, Config& config,
                         Findings& findings) {
  const Site site(findings, "datasets." + key, "datasets");
  DatasetConfig set;
  set.key = set.name = key;
  set.clip_size = config.train_set.clip_size;
  Node own = map_node();
  own.kind = map.kind;
  own.line = map.line;
  own.text = map.text;
  for (std::size_t i = 0; i < map.keys.size(); ++i) {
    if (training_only(map.keys[i])) {
      findings.no_effect(site.full(map.keys[i]), "validation takes whole images, one at a time");
    } else {
      own.add(map.keys[i], map.children[i]);
    }
  }
  read_section(dataset_fields(), own, set, site);
  if (map.is_map()) {
    check_roots(map, set, site);
  }
  config.val_sets.push_back(std::move(set));
}

/// True when a loss asks for nothing, whatever its type.
bool weightless(const Node& loss) {
  const Node* weight = loss.find("loss_weight");
  return weight != nullptr && weight->number() == 0.0;
}

void read_loss(const Node& node, const Site& site, TrainConfig& train) {
  const Node* type = node.find("type");
  const auto known = type != nullptr ? find_type(TypeKind::kLoss, type->text) : std::nullopt;
  if (known && weightless(node)) {
    site.findings().no_effect(site.path(), "its loss_weight is 0");
    return;
  }
  LossConfig loss;
  read_section(loss_fields(), node, loss, site);
  train.losses.push_back(std::move(loss));
}

}  // namespace

void read_datasets(const Node& root, Config& config, Findings& findings) {
  const Node datasets = section_at(root, "datasets");
  const Site site(findings, "datasets", "datasets");
  if (!expect_section(datasets, site)) {
    return;
  }
  read_training_set(section_at(datasets, "train"), config, findings);
  for (std::size_t i = 0; i < datasets.keys.size(); ++i) {
    const std::string& key = datasets.keys[i];
    if (key.starts_with("val")) {
      if (!datasets.children[i].is_null()) {
        read_validation_set(key, datasets.children[i], config, findings);
      }
    } else if (key != "train") {
      site.problem(datasets.children[i].line, key,
                   "unknown data set; known: train, and val, val_1, val_2 ...");
    }
  }
}

void read_network(const Node& root, Config& config, Findings& findings) {
  const Node map = section_at(root, "network_g");
  const Site site(findings, "network_g", "network_g");
  if (const Node* type = map.find("type")) {
    const auto found = find_type(TypeKind::kNetwork, type->text);
    config.network_g = network_defaults(found ? found->name : "");
  }
  read_section(network_fields(), map, config.network_g, site);
  const Node* upscale = pick(map, {"upscale", "scale"}, site);
  const bool ours = !config.network_g.type.empty() && config.scale != 0;
  if (ours && upscale != nullptr && !upscale->is_null() && upscale->integer() != config.scale) {
    site.problem(
        upscale->line, upscale == map.find("scale") ? "scale" : "upscale",
        fmt::format("must equal the top-level scale ({}), got {}", config.scale, upscale->shown()));
  }
}

void read_losses(const Node& root, Config& config, Findings& findings) {
  const Node train = section_at(root, "train");
  const Site site(findings, "train", "train");
  const Node* losses = train.find("losses");
  const bool listed = losses != nullptr && !losses->is_null();
  bool given = listed;
  if (listed && !losses->is_list()) {
    site.problem(losses->line, "losses",
                 "expected a list of {type, loss_weight}, got " + losses->shown());
    return;
  }
  for (std::size_t i = 0; listed && i < losses->children.size(); ++i) {
    const Site entry(findings, fmt::format("train.losses.{}", i), "train.losses");
    read_loss(losses->children[i], entry, config.train);
  }
  for (std::size_t i = 0; i < train.keys.size(); ++i) {
    const std::string& key = train.keys[i];
    const ForeignKeys* row = find_foreign_key("train", key);
    if (!key.ends_with("_opt") || row == nullptr || train.children[i].is_null()) {
      continue;
    }
    if (listed) {
      site.problem(train.children[i].line, key, "given as well as losses; put it into that list");
    } else {
      read_loss(train.children[i], Site(findings, "train." + key, "train.losses"), config.train);
      given = true;
    }
  }
  if (!given) {
    config.train.losses = default_losses();
  } else if (config.train.losses.empty()) {
    site.problem(listed ? losses->line : train.line, "losses", "no loss with a weight above 0");
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
    metric.crop_border = config.scale;
    read_section(metric_fields(), map, metric, Site(findings, "val.metrics." + key, "val.metrics"));
    config.val.metrics.push_back(std::move(metric));
  }
}

}  // namespace sr::settings
