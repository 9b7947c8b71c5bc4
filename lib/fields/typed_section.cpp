#include "fields/typed_section.h"

#include <algorithm>

#include "yaml/write_yaml.h"

namespace sr::settings {
namespace {

bool has(const std::vector<const FieldText*>& fields, const std::string& key) {
  return std::ranges::any_of(fields, [&](const FieldText* field) { return field->is_named(key); });
}

/// The types that have an option of this name; empty when none has.
std::string types_with(const OptionsTables& tables, const std::string& key) {
  std::string list;
  for (const OptionsTable& table : tables) {
    if (has(table.fields, key)) {
      list += (list.empty() ? "" : ", ") + table.type;
    }
  }
  return list;
}

/// An option as its types have it, and their defaults as text with the types that have each.
struct Merged {
  const FieldText* field;
  std::vector<std::string> types;
  std::vector<std::pair<std::string, std::string>> defaults;  ///< value, types
};

bool same_option(const FieldText& a, const FieldText& b) {
  return a.key == b.key && a.type == b.type && a.range == b.range && a.help == b.help;
}

void add(std::vector<Merged>& all, const FieldText& field, const std::string& value,
         const std::string& type) {
  auto found = std::ranges::find_if(
      all, [&](const Merged& merged) { return same_option(*merged.field, field); });
  if (found == all.end()) {
    all.push_back({&field, {}, {}});
    found = all.end() - 1;
  }
  found->types.push_back(type);
  const auto same =
      std::ranges::find(found->defaults, value, [](const auto& d) { return d.first; });
  if (same == found->defaults.end()) {
    found->defaults.emplace_back(value, type);
  } else {
    same->second += ", " + type;
  }
}

/// "l1; perceptualloss, consistencyloss charbonnier"; empty when all have one default.
std::string default_text(const Merged& merged) {
  if (merged.defaults.size() == 1) {
    return fmt::format("`{}`", merged.defaults.front().first);
  }
  std::string text = merged.defaults.front().first;
  for (std::size_t i = 1; i < merged.defaults.size(); ++i) {
    text += fmt::format("; {} {}", merged.defaults[i].second, merged.defaults[i].first);
  }
  return text;
}

}  // namespace

void read_options(const Node& map, const OptionsTables& tables, const OptionsTable& own,
                  const std::vector<const FieldText*>& shared, AnyOptions& options,
                  const Site& site) {
  std::vector<const FieldText*> known = shared;
  known.insert(known.end(), own.fields.begin(), own.fields.end());
  Node rest = map_node();
  rest.line = map.line;
  for (std::size_t i = 0; i < map.keys.size(); ++i) {
    const std::string& key = map.keys[i];
    const std::string types = has(known, key) ? "" : types_with(tables, key);
    if (types.empty()) {
      rest.add(key, map.children[i]);
    } else if (!map.children[i].is_null()) {
      site.problem(map.children[i].line, key, "only with type " + types);
    }
  }
  own.read(rest, options, site);
  check_other_keys(rest, known, site);
}

std::deque<FieldText> merged_texts(const OptionsTables& tables) {
  std::vector<Merged> all;
  for (const OptionsTable& table : tables) {
    const Node defaults = table.write(table.defaults);
    for (const FieldText* field : table.fields) {
      add(all, *field, field->required ? "required" : to_flow(*defaults.find(field->key)),
          table.type);
    }
  }
  std::deque<FieldText> texts;
  for (const Merged& merged : all) {
    FieldText text = *merged.field;
    text.default_text = default_text(merged);
    text.required = merged.defaults.size() == 1 && text.required;
    for (const std::string& type :
         merged.types.size() < tables.size() ? merged.types : std::vector<std::string>{}) {
      text.only_with += (text.only_with.empty() ? "" : ", ") + type;
    }
    texts.push_back(std::move(text));
  }
  return texts;
}

}  // namespace sr::settings
