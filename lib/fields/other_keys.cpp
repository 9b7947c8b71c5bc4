#include <algorithm>

#include "dialect/nearest.h"
#include "dialect/other_names.h"
#include "fields/fields.h"

namespace sr::settings {
namespace {

std::string advice_for_unknown(const std::string& key, const std::vector<const FieldText*>& fields,
                               const Site& site) {
  if (const std::string_view here = name_here(site.section(), key); !here.empty()) {
    return fmt::format("unknown key; here it is {}", here);
  }
  if (const auto home = site.findings().place_of(key)) {
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
  // Where true asks for nothing, false asks for something.
  if (row.inert == "true" ? value.is_null() : is_off(value)) {
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
