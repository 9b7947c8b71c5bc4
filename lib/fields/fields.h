#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/range.h"
#include "dialect/vocabulary.h"
#include "yaml/findings.h"
#include "yaml/node.h"

// The one table a setting is in: a Field says its YAML key, the struct member behind it, how to
// read and write it, its legal range and what it does. The reader, the writer of the resolved file,
// --set, unknown keys, range checks and docs/configuration.md all walk these tables.

namespace sr::settings {

/// Numbers beyond these are refused everywhere (but in a seed, which nobody counts with): sums and
/// products of what is left fit their types, and a float32 holds them.
inline constexpr double kLargestNumber = 1e30;
inline constexpr std::int64_t kLargestInteger = 1'000'000'000'000;
constexpr bool is_usable(double value) {
  return value >= -kLargestNumber && value <= kLargestNumber;
}
constexpr bool is_usable(std::int64_t value) {
  return value >= -kLargestInteger && value <= kLargestInteger;
}

/// Where a section stands: full path for messages, name of its table for the vocabulary.
class Site {
 public:
  Site(Findings& findings, std::string path, std::string section)
      : findings_(&findings), path_(std::move(path)), section_(std::move(section)) {}
  Site below(std::string_view key) const;
  /// The path of `key` in this section: "train.optim_g.lr".
  std::string full(std::string_view key) const;
  const std::string& path() const { return path_; }
  const std::string& section() const { return section_; }
  Findings& findings() const { return *findings_; }
  void problem(int line, std::string_view key, std::string_view what) const {
    findings_->problem(line, full(key), what);
  }

 private:
  Findings* findings_;
  std::string path_;
  std::string section_;
};

/// What the values of a field look like to an editor (schema.h). Null stands for "not given"
/// everywhere.
struct Shape {
  enum class Kind : char {
    kAny,
    kFlag,
    kInteger,
    kNumber,
    kText,
    kWord,
    kFactors,
    kSection,
    kIntegers
  };
  Kind kind = Kind::kAny;
  Range range{};                     ///< of a number
  std::vector<std::string> words{};  ///< legal ones; of other kinds: words besides, such as "auto"
  bool list = false;                 ///< a list of such values
  bool or_single = false;            ///< a list, or one value without it
  std::size_t count = 0;             ///< of a list: so many; 0 = any number
};

/// The part of a field that does not depend on its struct.
struct FieldText {
  std::string key;
  std::string type;   ///< "integer", "number", "one of", "text" ...
  std::string range;  ///< ">= 1", "pad, error"; may be empty
  std::string help;   ///< effect and unit, one sentence
  Shape shape{};
  std::vector<std::string> aliases{};
  bool required = false;
  /// Shown instead of the struct's default when that is not the whole story.
  std::string default_text{};
  std::string only_with{};  ///< the types it belongs to, when not to all

  /// "integer >= 1"
  std::string wanted() const;
  /// By its key or an alias.
  bool is_named(std::string_view name) const;
};

template <typename S>
struct Field : FieldText {
  explicit Field(FieldText text) : FieldText(std::move(text)) {}

  /// Null for settings that depend on others, which resolve/ reads after the table.
  std::function<Problem(const Node&, S&, const Site&)> read;
  std::function<Node(const S&)> write;
  std::function<bool(const S&)> applies;
  bool reads_absent = false;  ///< a section: what is required inside is missed by its own name
  bool decides = false;  ///< the section's `type`: when it cannot be read, nothing below it can

  Field alias(std::string name) && {
    aliases.push_back(std::move(name));
    return std::move(*this);
  }
  Field require() && {
    required = true;
    return std::move(*this);
  }
  Field default_is(std::string text) && {
    default_text = std::move(text);
    return std::move(*this);
  }
  /// For sections with a `type`: the setting exists for these types only.
  Field only_for(std::vector<std::string> types) && {
    for (const std::string& name : types) {
      only_with += (only_with.empty() ? "" : ", ") + name;
    }
    applies = [types = std::move(types)](const S& section) {
      return std::find(types.begin(), types.end(), section.type) != types.end();
    };
    return std::move(*this);
  }
};

template <typename S>
using Fields = std::vector<Field<S>>;

/// The value of a field in a section, by key or alias; when the file and the command line name it
/// differently, the command line wins, two names in one place are a problem. Null when it is not
/// given.
const Node* pick(const Node& map, const std::vector<std::string>& names, const Site& site);

/// False, with a problem, when a section is something else than a section; an empty one is fine.
bool expect_section(const Node& node, const Site& site);

/// Looks up every key that no field has: notice, refusal, or unknown with the nearest known key.
void check_other_keys(const Node& map, const std::vector<const FieldText*>& fields,
                      const Site& site);

Problem expected(const FieldText& field, const Node& node);

template <typename S>
std::vector<const FieldText*> texts_of(const Fields<S>& fields) {
  std::vector<const FieldText*> texts;
  for (const Field<S>& field : fields) {
    texts.push_back(&field);
  }
  return texts;
}

/// Reads one field. False when the section cannot be understood without it.
template <typename S>
bool read_field(const Field<S>& field, const Node& map, S& section, const Site& site) {
  std::vector<std::string> names{field.key};
  names.insert(names.end(), field.aliases.begin(), field.aliases.end());
  const Node* node = pick(map, names, site);
  if (node == nullptr || node->is_null()) {
    if (field.reads_absent) {
      Node empty = map_node();
      empty.line = node != nullptr ? node->line : map.line;
      field.read(empty, section, site);
    }
    if (field.required) {
      site.problem(node != nullptr ? node->line : map.line, field.key,
                   fmt::format("required ({})", field.wanted()));
    }
    return !(field.required && field.decides);
  }
  if (field.applies && !field.applies(section)) {
    site.problem(node->line, field.key, "only with type " + field.only_with);
    return true;
  }
  const Problem problem = field.read ? field.read(*node, section, site) : std::nullopt;
  if (problem) {
    site.problem(node->line, field.key, *problem);
  }
  return !(problem && field.decides);
}

/// Reads a section by its table into `section`, whose values are the defaults. Null reads as "not
/// given".
template <typename S>
void read_section(const Fields<S>& fields, const Node& map, S& section, const Site& site) {
  if (!expect_section(map, site)) {
    return;
  }
  for (const Field<S>& field : fields) {
    if (!read_field(field, map, section, site)) {
      return;
    }
  }
  check_other_keys(map, texts_of(fields), site);
}

template <typename S>
Node write_section(const Fields<S>& fields, const S& section) {
  Node map = map_node();
  for (const Field<S>& field : fields) {
    if (!field.applies || field.applies(section)) {
      map.add(field.key, field.write(section));
    }
  }
  return map;
}

}  // namespace sr::settings
