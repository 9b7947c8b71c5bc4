#include <algorithm>

#include "config/automation_names.h"
#include "dialect/vocabulary.h"
#include "fields/option_fields.h"
#include "resolve/sections.h"

namespace sr::settings {
namespace {

/// `enabled` of a block that is there: true unless it says no.
bool read_enabled(const Node& block, const Site& site) {
  const Node* enabled = block.find("enabled");
  if (enabled == nullptr || enabled->is_null()) {
    return true;
  }
  const std::optional<bool> value = enabled->boolean();
  if (!value) {
    site.problem(enabled->line, "enabled", "expected true or false, got " + enabled->shown());
  }
  return value.value_or(false);
}

using NamesOfOne = std::vector<std::string>;

FoundBlock find_block(const FoundBlock& outer, const NamesOfOne& names) {
  for (const std::string& name : names) {
    const Node* block = outer.node != nullptr ? outer.node->find(name) : nullptr;
    if (block != nullptr && !block->is_null()) {
      return {block, outer.path + "." + name};
    }
  }
  return {nullptr, outer.path + "." + names.front()};
}

/// One automation's block into `config`, which stays empty when it is not enabled.
template <typename S>
void read_automation(const FoundBlock& automations, const NamesOfOne& names,
                     const Fields<S>& fields, std::optional<S>& config, const Site& outer) {
  pick(*automations.node, names, outer);  // a second block is a problem
  const FoundBlock block = find_block(automations, names);
  const Site inside(outer.findings(), block.path, "training_automations." + names.front());
  if (block.node == nullptr || !expect_section(*block.node, inside) ||
      !read_enabled(*block.node, inside)) {
    return;
  }
  const auto is_setting = [](const std::string& key) { return key != "enabled"; };
  read_section(fields, filtered(*block.node, is_setting), config.emplace(), inside);
}

/// Whatever is neither `enabled` nor an automation is a problem.
void check_names(const Node& automations, const Site& site) {
  std::vector<FieldText> known{{"enabled", "true or false", "", ""}};
  for (const NamesOfOne* names :
       {&automation_names().size_optimizer, &automation_names().learning_rate_scheduler,
        &automation_names().gradient_clipping, &automation_names().early_stopping}) {
    FieldText& name = known.emplace_back(FieldText{names->front(), "section", "", ""});
    name.aliases.assign(names->begin() + 1, names->end());
  }
  std::vector<const FieldText*> pointers;
  for (const FieldText& name : known) {
    pointers.push_back(&name);
  }
  check_other_keys(automations, pointers, site);
}

}  // namespace

FoundBlock find_automations(const Node& root) {
  const Node* top = root.find("training_automations");
  if (top != nullptr && !top->is_null()) {
    return {top, "training_automations"};
  }
  const Node* train = root.find("train");
  return {train != nullptr ? train->find("training_automations") : nullptr,
          "train.training_automations"};
}

FoundBlock find_size_optimizer(const Node& root) {
  return find_block(find_automations(root), automation_names().size_optimizer);
}

FoundBlock find_gradient_clipping(const Node& root) {
  return find_block(find_automations(root), automation_names().gradient_clipping);
}

FoundBlock find_early_stopping(const Node& root) {
  return find_block(find_automations(root), automation_names().early_stopping);
}

void read_automations(const Node& root, Config& config, Findings& findings) {
  const FoundBlock outer = find_automations(root);
  const Node* train = root.find("train");
  const Node* second = train != nullptr ? train->find("training_automations") : nullptr;
  if (second != nullptr && !second->is_null() && second != outer.node) {
    findings.problem(second->line, "train.training_automations",
                     fmt::format("given at the top level as well (line {}); give one of them",
                                 outer.node->line));
  }
  const Site site(findings, outer.path, "training_automations");
  if (outer.node == nullptr || !expect_section(*outer.node, site) ||
      !read_enabled(*outer.node, site)) {
    return;
  }
  check_names(*outer.node, site);
  read_automation(outer, automation_names().size_optimizer, option_fields<SizeOptimizerOptions>(),
                  config.size_optimizer, site);
  read_automation(outer, automation_names().learning_rate_scheduler,
                  option_fields<LearningRateOptions>(), config.learning_rate_scheduler, site);
  read_automation(outer, automation_names().gradient_clipping,
                  option_fields<recipe::GradientClippingOptions>(), config.gradient_clipping, site);
  read_automation(outer, automation_names().early_stopping, option_fields<EarlyStoppingOptions>(),
                  config.early_stopping, site);
  const FoundBlock stopping = find_early_stopping(root);
  if (config.early_stopping && stopping.node != nullptr && !config.val.best_by.empty() &&
      stopping.node->find("monitor_metric") == nullptr &&
      stopping.node->find("metric") == nullptr) {
    config.early_stopping->monitor_metric = "val/" + config.val.best_by;
  }
}

}  // namespace sr::settings
