#include <algorithm>
#include <map>
#include <set>

#include "config/fields.h"
#include "config/nearest.h"
#include "config/other_names.h"
#include "config/tables.h"

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

/// The one section where a misplaced key is at home, as "train.use_moa"; nothing when there are
/// several or none.
std::optional<std::string> home_of(const std::string& key) {
  const auto found = homes_of_keys().find(key);
  if (found == homes_of_keys().end() || found->second.size() != 1) {
    return std::nullopt;
  }
  const std::string& home = *found->second.begin();
  return home.empty() ? key + " at the top level" : home + "." + key;
}

std::string advice_for_unknown(const std::string& key, const std::vector<const FieldText*>& fields,
                               const Site& site) {
  if (const std::string_view here = name_here(site.section(), key); !here.empty()) {
    return fmt::format("unknown key; here it is {}", here);
  }
  if (const auto home = home_of(key)) {
    return fmt::format("not known here; it belongs elsewhere: {}", *home);
  }
  std::vector<std::string> known;
  std::string list;
  for (const FieldText* field : fields) {
    known.push_back(field->key);
    list += (list.empty() ? "" : ", ") + field->key;
  }
  if (const auto nearest = nearest_word(key, known)) {
    return fmt::format("unknown key; nearest: {}", site.full(*nearest));
  }
  return fmt::format("unknown key; known here: {}", list);
}

void report_foreign(const ForeignKeys& row, const std::string& key, const Node& value,
                    const Site& site) {
  switch (row.support) {
    case Support::kWorks:
    case Support::kSkipped:
      return;
    case Support::kNoEffect:
      if (!value.is_null()) {
        site.findings().no_effect(site.full(key), row.text);
      }
      return;
    case Support::kNotAvailable:
      break;
  }
  if (is_off(value)) {
    return;
  }
  if (is_inert(value, row.inert)) {
    site.findings().no_effect(site.full(key), row.text);
    return;
  }
  site.problem(value.line, key, fmt::format("not available: {}", row.text));
}

}  // namespace

void check_other_keys(const Node& map, const std::vector<const FieldText*>& fields,
                      const Site& site) {
  for (std::size_t i = 0; i < map.keys.size(); ++i) {
    const std::string& key = map.keys[i];
    if (std::any_of(fields.begin(), fields.end(),
                    [&](const FieldText* field) { return field->is_named(key); })) {
      continue;
    }
    if (const ForeignKeys* row = find_foreign_key(site.section(), key)) {
      report_foreign(*row, key, map.children[i], site);
    } else if (!map.children[i].referred) {
      // (What aliases repeat is a template, and read where they stand.)
      site.problem(map.children[i].line, key, advice_for_unknown(key, fields, site));
    }
  }
}

}  // namespace sr::settings
