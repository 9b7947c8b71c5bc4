#pragma once

#include <fmt/format.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/describe.h"
#include "dialect/vocabulary.h"
#include "fields/fields.h"

// The kinds of settings that are sections, and the type of a section.

namespace sr::settings {

/// Null and the name when a type is ours; what to say otherwise.
std::pair<std::string, Problem> read_type(TypeKind kind, const Node& node);

/// The `type` of a section, from the table of type names. Nothing else of the section is read when
/// it is not ours.
template <typename S>
Field<S> type_field(TypeKind kind, std::string S::*member, std::string help) {
  std::string list;
  for (const std::string& name : working_types(kind)) {
    list += (list.empty() ? "" : ", ") + name;
  }
  Field<S> field{FieldText{"type", "one of", list, std::move(help), {Shape::Kind::kText}}};
  field.decides = true;
  field.read = [kind, member](const Node& node, S& section, const Site&) -> Problem {
    auto [name, problem] = read_type(kind, node);
    section.*member = std::move(name);
    return problem;
  };
  field.write = [member](const S& section) { return plain_node(section.*member); };
  return field;
}

/// A section of its own inside a section.
template <typename S, typename Sub>
Field<S> section(std::string key, Sub S::*member, const Fields<Sub>& (*fields)()) {
  Field<S> field{FieldText{key, "section", "", "", {Shape::Kind::kSection}}};
  field.read = [key = std::move(key), member, fields](const Node& node, S& out,
                                                      const Site& site) -> Problem {
    read_section(fields(), node, out.*member, site.below(key));
    return std::nullopt;
  };
  field.reads_absent = true;
  field.write = [member, fields](const S& out) { return write_section(fields(), out.*member); };
  return field;
}

/// Names, which `problem` may refuse, and a number above 0 for each; at least one.
template <typename S>
Field<S> factors(std::string key, std::map<std::string, double> S::*member, NameProblem* problem,
                 std::string help) {
  Field<S> field{FieldText{std::move(key),
                           "section of name: number",
                           "numbers above 0",
                           std::move(help),
                           {Shape::Kind::kFactors}}};
  field.read = [wanted = static_cast<const FieldText&>(field), member, problem](
                   const Node& node, S& out, const Site&) -> Problem {
    std::map<std::string, double> values;
    for (std::size_t i = 0; i < node.keys.size(); ++i) {
      const std::optional<double> value = node.children[i].number();
      if (const Problem refused = problem(node.keys[i])) {
        return refused;
      }
      if (!value || *value <= 0) {
        return expected(wanted, node.children[i]);
      }
      values[node.keys[i]] = *value;
    }
    if (values.empty()) {
      return expected(wanted, node);
    }
    out.*member = std::move(values);
    return std::nullopt;
  };
  field.write = [member](const S& section) {
    Node map = map_node();
    for (const auto& [name, value] : section.*member) {
      map.add(name, node_of(value));
    }
    return map;
  };
  return field;
}

/// A list of sections; null when it is empty. `keys`: "{step, lq_size}", for documentation;
/// `required`: those that an entry cannot do without.
template <typename S, typename Entry>
Field<S> entries(std::string key, std::vector<Entry> S::*member, const Fields<Entry>& (*fields)(),
                 const std::string& keys, std::string required, std::string help) {
  Field<S> field{FieldText{key, fmt::format("list of {} or ~", keys), "", std::move(help)}};
  field.default_text = "~";
  field.read = [key = std::move(key), member, fields, required = std::move(required)](
                   const Node& node, S& out, const Site& site) -> Problem {
    if (!node.is_list()) {
      return fmt::format("expected a list of {}, got {}", required, node.shown());
    }
    const Site list = site.below(key);
    for (std::size_t i = 0; i < node.children.size(); ++i) {
      const Site entry(site.findings(), list.full(std::to_string(i)), list.path());
      read_section(fields(), node.children[i], (out.*member).emplace_back(), entry);
    }
    return std::nullopt;
  };
  field.write = [member, fields](const S& out) {
    std::vector<Node> items;
    for (const Entry& entry : out.*member) {
      items.push_back(write_section(fields(), entry));
    }
    return items.empty() ? null_node() : list_node(std::move(items));
  };
  return field;
}

/// A setting that resolve/ reads, because it depends on others.
template <typename S>
Field<S> special(FieldText text, std::function<Node(const S&)> write) {
  Field<S> field(std::move(text));
  field.write = std::move(write);
  return field;
}

}  // namespace sr::settings
