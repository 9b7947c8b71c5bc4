#include <fmt/format.h>

#include <map>
#include <string>

#include "config/names.h"
#include "config/validation_sets.h"
#include "core/unicode_form.h"
#include "resolve/rules.h"

namespace sr::settings {

void check_names(const Config& config, const Node& root, Findings& findings) {
  const std::vector<DatasetConfig> sets = used_validation_sets(config);
  std::map<std::string, const DatasetConfig*> seen;
  for (const DatasetConfig& set : sets) {
    const std::string key = fmt::format("datasets.{}.name", set.key);
    const int line = line_of(root, key);
    if (!names_folder(set.name)) {
      findings.problem(line, key, no_name_of_folder(set.name, plain_node(set.name).shown()));
      continue;
    }
    const auto [other, is_new] = seen.emplace(folded(set.name), &set);
    if (!is_new) {
      findings.problem(
          line, key,
          fmt::format("'{}' is the name of datasets.{} too{}; scores and pictures are told apart "
                      "by it",
                      set.name, other->second->key,
                      other->second->name == set.name ? "" : " but for case or Unicode form"));
    }
  }
}

}  // namespace sr::settings
