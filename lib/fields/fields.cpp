#include "fields/fields.h"

#include <algorithm>

#include <fmt/ranges.h>

#include "core/lines.h"
#include "core/lower_case.h"
#include "dialect/nearest.h"

namespace sr::settings {
namespace {

/// Of a list that would fill a screen the first few, and where all of them stand.
std::string readable_list(const std::vector<std::string>& names) {
  constexpr std::size_t kReadable = 20;
  constexpr std::size_t kShown = 5;
  if (names.size() <= kReadable) {
    return fmt::format("{}", fmt::join(names, ", "));
  }
  return shortened_list(names, kShown) + " in docs/configuration.md";
}

std::vector<std::string> names_in(const std::string& list) {
  constexpr std::string_view kBetween = ", ";
  std::vector<std::string> names;
  for (std::size_t begin = 0; begin <= list.size();) {
    const std::size_t end = std::min(list.find(kBetween, begin), list.size());
    names.push_back(list.substr(begin, end - begin));
    begin = end + kBetween.size();
  }
  return names;
}

/// Also of a name without what all of its kind have: "L1", "psnr".
std::optional<std::string> nearest_type(const std::string& name,
                                        const std::vector<std::string>& known) {
  for (const std::string& whole : {name + "loss", "calculate_" + name}) {
    const auto found = nearest_word(whole, known);
    if (found && edit_distance(lower(whole), lower(*found)) <= name.size() / 4) {
      return found;
    }
  }
  return nearest_word(name, known);
}

}  // namespace

Site Site::below(std::string_view key) const {
  return {*findings_, full(key),
          section_.empty() ? std::string(key) : fmt::format("{}.{}", section_, key)};
}

std::string Site::full(std::string_view key) const {
  if (key.empty() || path_.empty()) {
    return path_.empty() ? std::string(key) : path_;
  }
  return fmt::format("{}.{}", path_, key);
}

std::string FieldText::wanted() const {
  return range.empty() ? type
                       : fmt::format("{} {}", type,
                                     type == "one of" ? readable_list(names_in(range)) : range);
}

bool FieldText::is_named(std::string_view name) const {
  return key == name || std::find(aliases.begin(), aliases.end(), name) != aliases.end();
}

Problem expected(const FieldText& field, const Node& node) {
  const std::optional<double> number = node.number();
  const std::string limit = number && !is_usable(*number)
                                ? fmt::format(" of at most {}", kLargestNumber)
                            : node.integer() && !is_usable(*node.integer())
                                ? fmt::format(" of at most {}", kLargestInteger)
                                : "";
  return fmt::format("expected {}{}, got {}", field.wanted(), limit, node.shown());
}

const Node* pick(const Node& map, const std::vector<std::string>& names, const Site& site) {
  const Node* found = nullptr;
  std::string found_name;
  for (const std::string& name : names) {
    const Node* node = map.find(name);
    if (node == nullptr || node->is_null()) {
      found = found == nullptr ? node : found;
      continue;
    }
    if (found == nullptr || found->is_null()) {
      found = node;
      found_name = name;
      continue;
    }
    const bool first_typed = found->line == kCommandLine;
    const bool second_typed = node->line == kCommandLine;
    if (first_typed == second_typed) {
      site.problem(node->line, name,
                   fmt::format("given as well as {}; give one of them", found_name));
    } else if (second_typed) {
      found = node;
      found_name = name;
    }
  }
  return found;
}

bool expect_section(const Node& node, const Site& site) {
  if (node.is_map() || node.is_null()) {
    return true;
  }
  site.problem(node.line, "", fmt::format("expected a section of settings, got {}", node.shown()));
  return false;
}

bool names_choice(const Node& node, std::string_view name) {
  if (!node.is_scalar()) {
    return false;
  }
  if (lower(node.text) == lower(std::string(name))) {
    return true;
  }
  const std::optional<bool> truth = node.boolean();
  return truth && (*truth ? name == "on" || name == "true" : name == "off" || name == "false");
}

std::pair<std::string, Problem> read_type(TypeKind kind, const Node& node) {
  if (!node.is_scalar()) {
    return {"", fmt::format("expected the name of the {}, got {}", kind_name(kind), node.shown())};
  }
  const std::optional<FoundType> found = find_type(kind, node.text);
  if (!found) {
    const std::vector<std::string> known = working_types(kind);
    const auto nearest = nearest_type(node.text, known);
    return {"",
            fmt::format("unknown {} '{}'; {}: {}", kind_name(kind), node.text,
                        nearest ? "nearest" : "known", nearest ? *nearest : readable_list(known))};
  }
  if (found->support != Support::kWorks) {
    return {"",
            fmt::format("{} '{}' is not available: {}", kind_name(kind), node.text, found->text)};
  }
  return {found->name, std::nullopt};
}

}  // namespace sr::settings
