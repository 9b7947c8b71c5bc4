#include "resolve/load.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <random>

#include "config/home_of_key.h"
#include "config/network_section.h"
#include "config/tables.h"
#include "core/error.h"
#include "resolve/clips.h"
#include "resolve/other_programs.h"
#include "resolve/other_words.h"
#include "resolve/peer_defaults.h"
#include "resolve/rules.h"
#include "resolve/sections.h"
#include "yaml/findings.h"
#include "yaml/overrides.h"
#include "yaml/read_yaml.h"

namespace sr {
namespace {

/// A seed that is short enough to be typed again.
std::uint64_t drawn_seed() {
  std::random_device device;
  return device() & 0x7fffffffU;
}

/// Validation needs a data set; peers' files often have the section `val` without one.
void settle_validation(Config& config, settings::Findings& findings) {
  if (config.val.val_enabled && config.val_sets.empty()) {
    config.val.val_enabled = false;
    findings.notice("val.val_enabled: validation is off, there is no datasets.val");
  }
  if (config.val.val_enabled && config.val.metrics.empty()) {
    findings.notice("val.metrics: there are none, so no weights are called best");
  }
}

std::int64_t gpus_asked_for(const settings::Node& root) {
  const settings::Node* asked = root.find("num_gpu");
  return std::max<std::int64_t>(asked != nullptr ? asked->integer().value_or(1) : 1, 1);
}

DistSettings read_dist(const settings::Node& root, settings::Findings& findings) {
  DistSettings dist;
  const settings::Node* node = root.find("dist");
  if (node == nullptr || node->is_null()) {
    return dist;
  }
  if (node->boolean()) {  // the other trainers' own note of how they were started
    findings.no_effect("dist", "a launcher says how many processes train (docs/many_gpus.md)");
    return dist;
  }
  const settings::Site site(findings, "dist", "dist");
  if (settings::expect_section(*node, site)) {
    settings::read_section(settings::dist_fields(), *node, dist, site);
  }
  return dist;
}

/// A YAML file of something else has mistakes without end.
void require_training_configuration(const settings::Node& root, const std::string& file) {
  constexpr std::array<const char*, 7> kMain{"datasets", "network_g", "train", "val",
                                             "path",     "logger",    "scale"};
  const bool is_other = !root.keys.empty() && std::ranges::none_of(kMain, [&](const char* key) {
    return root.find(key) != nullptr;
  });
  if (is_other) {
    throw ConfigError(
        fmt::format("{}: looks like no training configuration: it has none of the keys {}; "
                    "`sr-train init FOLDER` writes one for a folder of images",
                    file, fmt::join(kMain, ", ")));
  }
}

}  // namespace

LoadedConfig load_config(const std::filesystem::path& file,
                         const std::vector<std::string>& overrides) {
  settings::Findings findings(file.string(), &settings::home_of_key);
  settings::Node root = settings::read_yaml_file(file, findings);
  require_training_configuration(root, file.string());
  for (const std::string& assignment : overrides) {
    settings::apply_override(root, assignment, findings);
  }
  Config config;
  settings::read_section(settings::top_fields(), root, config, settings::Site(findings, "", ""));
  settings::check_length(root, config, findings);
  settings::read_datasets(root, config, findings);
  settings::read_batch_mix(root, config, findings);
  settings::translate_rcan(root, findings);
  settings::read_network(root, config, findings);
  settings::read_teacher(root, config, findings);
  settings::settle_clips(root, config, findings);
  settings::read_discriminator(root, config, findings);
  settings::read_losses(root, config, findings);
  settings::read_sharpening(root, config, findings);
  settings::read_discriminator_training(root, config, findings);
  settings::settle_optimization(root, config, findings);
  settings::read_metrics(root, config, findings);
  settings::settle_best_by(root, config, findings);
  settings::read_automations(root, config, findings);
  settings::check_rules(config, root, findings);
  const DistSettings dist = read_dist(root, findings);
  findings.throw_problems();
  settle_validation(config, findings);
  settings::warn_of_unreadable_weights(config, findings);
  settings::tell_peer_defaults(root, config, findings);
  const bool seeded = settings::is_given(root, "manual_seed");
  if (!seeded) {
    config.manual_seed = drawn_seed();
  }
  return {std::move(config),
          findings.notices(),
          findings.warnings(),
          gpus_asked_for(root),
          seeded,
          dist};
}

}  // namespace sr
