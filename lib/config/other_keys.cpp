#include <algorithm>
#include <set>

#include "config/fields.h"
#include "config/nearest.h"
#include "config/tables.h"

namespace sr::settings {
namespace {

/// The one section where a misplaced key is at home, as "train.use_moa"; nothing when there are
/// several or none.
std::optional<std::string> home_of(const std::string& key) {
  std::set<std::string> homes;
  for (const SectionText& section : all_sections()) {
    for (const FieldText* field : section.fields) {
      if (field->is_named(key)) {
        homes.insert(section.path);
      }
    }
  }
  for (const ForeignKeys& row : foreign_keys()) {
    const std::vector<std::string> keys = words(row.keys);
    if (std::find(keys.begin(), keys.end(), key) != keys.end()) {
      homes.emplace(row.section == "datasets" ? "datasets.train" : row.section);
    }
  }
  if (homes.size() != 1) {
    return std::nullopt;
  }
  const std::string& home = *homes.begin();
  return home.empty() ? key + " at the top level" : home + "." + key;
}

std::string advice_for_unknown(const std::string& key, const std::vector<const FieldText*>& fields,
                               const Site& site) {
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
    } else {
      site.problem(map.children[i].line, key, advice_for_unknown(key, fields, site));
    }
  }
}

}  // namespace sr::settings
