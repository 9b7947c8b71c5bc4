#include "config/home_of_key.h"

#include <map>
#include <set>

#include "config/tables.h"
#include "dialect/vocabulary.h"

namespace sr::settings {
namespace {

/// Every key, ours and the peers', with the sections it may stand in.
const std::map<std::string, std::set<std::string>>& homes_of_keys() {
  static const std::map<std::string, std::set<std::string>> kHomes = [] {
    std::map<std::string, std::set<std::string>> homes;
    for (const SectionText& section : all_sections()) {
      for (const FieldText* field : section.fields) {
        homes[field->key].insert(section.path);
        for (const std::string& alias : field->aliases) {
          homes[alias].insert(section.path);
        }
      }
    }
    for (const ForeignKeys& row : foreign_keys()) {
      for (const std::string& key : words(row.keys)) {
        homes[key].emplace(row.section == "datasets" ? "datasets.train" : row.section);
      }
    }
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
