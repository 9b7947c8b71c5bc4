#include "config/home_of_key.h"

#include <map>
#include <set>

#include "config/tables.h"
#include "dialect/vocabulary.h"

namespace sr::settings {
namespace {

/// Every key, ours and the peers', with the sections it may stand in; another name of a setting
/// only where no setting or key of a peer has that name for its own.
const std::map<std::string, std::set<std::string>>& homes_of_keys() {
  static const std::map<std::string, std::set<std::string>> kHomes = [] {
    std::map<std::string, std::set<std::string>> homes, of_aliases;
    for (const SectionText& section : all_sections()) {
      for (const FieldText* field : section.fields) {
        homes[field->key].insert(section.path);
        for (const std::string& alias : field->aliases) {
          of_aliases[alias].insert(section.path);
        }
      }
    }
    for (const ForeignKeys& row : foreign_keys()) {
      for (const std::string& key : words(row.keys)) {
        homes[key].emplace(row.section == "datasets" ? "datasets.train" : row.section);
      }
    }
    homes.merge(of_aliases);
    return homes;
  }();
  return kHomes;
}

}  // namespace

std::optional<std::string> home_of_key(const std::string& key) {
  const auto found = homes_of_keys().find(key);
  if (found == homes_of_keys().end() || found->second.size() != 1) {
    return std::nullopt;
  }
  const std::string& home = *found->second.begin();
  return home.empty() ? key + " at the top level" : home + "." + key;
}

}  // namespace sr::settings
