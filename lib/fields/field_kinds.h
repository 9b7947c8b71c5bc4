#pragma once

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/describe.h"
#include "core/interval.h"
#include "core/lower_case.h"
#include "fields/fields.h"

// The kinds of settings that are values: each function makes the Field of one struct member.
// Sections and their types are in section_fields.h.

namespace sr::settings {

/// Within the limits of fields.h.
template <typename T>
std::optional<T> parse_number(const Node& node) {
  if constexpr (std::floating_point<T>) {
    const std::optional<T> value = node.number();
    return value && is_usable(*value) ? value : std::nullopt;
  } else {
    const std::optional<std::int64_t> value = node.integer();
    const bool usable =
        value && std::in_range<T>(*value) && (std::unsigned_integral<T> || is_usable(*value));
    return usable ? std::optional<T>(static_cast<T>(*value)) : std::nullopt;
  }
}

template <typename T>
Node number_node(T value) {
  if constexpr (std::floating_point<T>) {
    return node_of(double{value});
  } else {
    return node_of(static_cast<std::int64_t>(value));
  }
}

template <typename T>
std::string number_type() {
  return std::floating_point<T> ? "number" : "integer";
}
template <typename T>
Shape number_shape(const Range& range) {
  return {.kind = std::floating_point<T> ? Shape::Kind::kNumber : Shape::Kind::kInteger,
          .range = range};
}
template <typename T>
Shape number_list_shape(const Range& range, std::size_t count = 0) {
  Shape shape = number_shape<T>(range);
  shape.list = true;
  shape.count = count;
  return shape;
}

/// A field whose value is parsed by `parse` (nothing = not legal) and written by `write`.
template <typename S, typename T, typename Parse, typename Write>
Field<S> value_field(FieldText text, T S::*member, Parse parse, Write write) {
  Field<S> field(std::move(text));
  field.read = [text = static_cast<const FieldText&>(field), member, parse = std::move(parse)](
                   const Node& node, S& section, const Site&) -> Problem {
    std::optional<T> value = parse(node);
    if (!value) {
      return expected(text, node);
    }
    section.*member = std::move(*value);
    return std::nullopt;
  };
  field.write = [member, write = std::move(write)](const S& section) {
    return write(section.*member);
  };
  return field;
}

template <typename S>
Field<S> flag(std::string key, bool S::*member, std::string help) {
  return value_field<S>(
      FieldText{std::move(key), "true or false", "", std::move(help), {Shape::Kind::kFlag}}, member,
      [](const Node& node) { return node.boolean(); }, [](bool value) { return node_of(value); });
}

/// A flag, or "auto", which leaves what the section begins with.
template <typename S>
Field<S> preset_flag(std::string key, bool S::*member, std::string help) {
  Field<S> field{FieldText{std::move(key),
                           "auto, true or false",
                           "",
                           std::move(help),
                           {.kind = Shape::Kind::kFlag, .words = {"auto"}}}};
  field.read = [wanted = static_cast<const FieldText&>(field), member](const Node& node, S& out,
                                                                       const Site&) -> Problem {
    const std::optional<bool> on = node.boolean();
    if (!on && !(node.is_scalar() && lower(node.text) == "auto")) {
      return expected(wanted, node);
    }
    out.*member = on.value_or(out.*member);
    return std::nullopt;
  };
  field.write = [member](const S& section) { return node_of(section.*member); };
  return field;
}

template <typename S, typename T>
Field<S> number(std::string key, T S::*member, Range range, std::string help) {
  return value_field<S>(
      FieldText{std::move(key), number_type<T>(), range.text(), std::move(help),
                number_shape<T>(range)},
      member,
      [range](const Node& node) {
        const std::optional<T> value = parse_number<T>(node);
        return value && range.contains(static_cast<double>(*value)) ? value : std::nullopt;
      },
      [](T value) { return number_node(value); });
}

/// One of a few whole numbers.
template <typename S>
Field<S> one_of(std::string key, int S::*member, std::vector<int> values, std::string help) {
  Shape shape{.kind = Shape::Kind::kWord};
  for (const int value : values) {
    shape.words.push_back(std::to_string(value));
  }
  return value_field<S>(
      FieldText{std::move(key), "one of", fmt::format("{}", fmt::join(values, ", ")),
                std::move(help), std::move(shape)},
      member,
      [values](const Node& node) -> std::optional<int> {
        const auto found = std::ranges::find(values, node.integer().value_or(-1));
        return found != values.end() ? std::optional(*found) : std::nullopt;
      },
      [](int value) { return number_node(value); });
}

/// A number or "auto".
template <typename S, typename T>
Field<S> automatic(std::string key, std::optional<T> S::*member, Range range, std::string help) {
  Shape shape = number_shape<T>(range);
  shape.words = {"auto"};
  return value_field<S>(
      FieldText{std::move(key), "auto or " + number_type<T>(), range.text(), std::move(help),
                std::move(shape)},
      member,
      [range](const Node& node) -> std::optional<std::optional<T>> {
        if (node.is_scalar() && lower(node.text) == "auto") {
          return std::optional<T>{};
        }
        const std::optional<T> value = parse_number<T>(node);
        if (!value || !range.contains(static_cast<double>(*value))) {
          return std::nullopt;
        }
        return std::make_optional(value);
      },
      [](const std::optional<T>& value) {
        return value ? number_node(*value) : plain_node("auto");
      });
}

/// Nothing when it is no list of numbers in the range.
template <typename T>
std::optional<std::vector<T>> parse_numbers(const Node& node, const Range& range) {
  std::vector<T> values;
  for (const Node& item : node.children) {
    const std::optional<T> value = parse_number<T>(item);
    if (!value || !range.contains(static_cast<double>(*value))) {
      return std::nullopt;
    }
    values.push_back(*value);
  }
  return node.is_list() ? std::optional(values) : std::nullopt;
}

template <typename T>
Node numbers_node(const std::vector<T>& values) {
  std::vector<Node> items;
  for (const T& value : values) {
    items.push_back(number_node(value));
  }
  return list_node(std::move(items));
}

template <typename S, typename T>
Field<S> numbers(std::string key, std::vector<T> S::*member, Range range, std::string help) {
  return value_field<S>(
      FieldText{std::move(key), "list of " + number_type<T>() + "s", range.text(), std::move(help),
                number_list_shape<T>(range)},
      member, [range](const Node& node) { return parse_numbers<T>(node, range); },
      [](const std::vector<T>& values) { return numbers_node(values); });
}

/// Several lists of whole numbers.
template <typename S>
Field<S> lists(std::string key, std::vector<std::vector<int>> S::*member, Range range,
               std::string help) {
  return value_field<S>(
      FieldText{std::move(key), "list of lists of integers", range.text(), std::move(help),
                Shape{.kind = Shape::Kind::kIntegers, .range = range, .list = true}},
      member,
      [range](const Node& node) -> std::optional<std::vector<std::vector<int>>> {
        std::vector<std::vector<int>> lists;
        for (const Node& item : node.children) {
          const std::optional<std::vector<int>> values = parse_numbers<int>(item, range);
          if (!values) {
            return std::nullopt;
          }
          lists.push_back(*values);
        }
        return node.is_list() ? std::optional(lists) : std::nullopt;
      },
      [](const std::vector<std::vector<int>>& lists) {
        std::vector<Node> items;
        for (const std::vector<int>& values : lists) {
          items.push_back(numbers_node(values));
        }
        return list_node(std::move(items));
      });
}

/// So many numbers.
template <typename S, std::size_t N>
Field<S> list(std::string key, std::array<double, N> S::*member, Range range, std::string help) {
  return value_field<S>(
      FieldText{std::move(key), fmt::format("list of {} numbers", N), range.text(), std::move(help),
                number_list_shape<double>(range, N)},
      member,
      [range](const Node& node) -> std::optional<std::array<double, N>> {
        std::array<double, N> values{};
        if (!node.is_list() || node.children.size() != N) {
          return std::nullopt;
        }
        for (std::size_t i = 0; i < N; ++i) {
          const std::optional<double> value = parse_number<double>(node.children[i]);
          if (!value || !range.contains(*value)) {
            return std::nullopt;
          }
          values[i] = *value;
        }
        return values;
      },
      [](const std::array<double, N>& values) {
        std::vector<Node> items;
        for (const double value : values) {
          items.push_back(number_node(value));
        }
        return list_node(std::move(items));
      });
}

template <typename S>
Field<S> text(std::string key, std::string S::*member, std::string help) {
  return value_field<S>(
      FieldText{std::move(key), "text", "", std::move(help), {Shape::Kind::kText}}, member,
      [](const Node& node) { return node.is_scalar() ? std::optional(node.text) : std::nullopt; },
      [](const std::string& value) { return text_node(value); });
}

/// Text that may be missing (~).
template <typename S>
Field<S> optional_text(std::string key, std::optional<std::string> S::*member, std::string help) {
  return value_field<S>(
      FieldText{std::move(key), "text or ~", "", std::move(help), {Shape::Kind::kText}}, member,
      [](const Node& node) -> std::optional<std::optional<std::string>> {
        if (!node.is_scalar()) {
          return std::nullopt;
        }
        return std::make_optional(std::optional(node.text));
      },
      [](const std::optional<std::string>& value) {
        return value ? text_node(*value) : null_node();
      });
}

/// One text or a list of them.
template <typename S>
Field<S> texts(std::string key, std::vector<std::string> S::*member, std::string help) {
  return value_field<S>(
      FieldText{std::move(key),
                "text or list of texts",
                "",
                std::move(help),
                {.kind = Shape::Kind::kText, .list = true, .or_single = true}},
      member,
      [](const Node& node) -> std::optional<std::vector<std::string>> {
        std::vector<std::string> values;
        for (const Node& item : node.is_scalar() ? std::vector<Node>{node} : node.children) {
          if (!item.is_scalar() || item.text.empty()) {
            return std::nullopt;
          }
          values.push_back(item.text);
        }
        return node.is_map() || values.empty() ? std::nullopt : std::optional(values);
      },
      [](const std::vector<std::string>& values) {
        std::vector<Node> items;
        for (const std::string& value : values) {
          items.push_back(text_node(value));
        }
        return items.empty() ? null_node() : list_node(std::move(items));
      });
}

/// True when the value stands for `name`; `off` and `false` are one word in YAML 1.1, so are `on`
/// and `true`.
bool names_choice(const Node& node, std::string_view name);

template <typename E>
Shape word_shape(const Names<E>& names, bool list = false) {
  Shape shape{.kind = Shape::Kind::kWord, .list = list};
  for (const auto& entry : names) {
    shape.words.push_back(entry.first);
  }
  return shape;
}

/// One of a few words.
template <typename S, typename E>
Field<S> choice(std::string key, E S::*member, const Names<E>& names, std::string help) {
  return value_field<S>(
      FieldText{std::move(key), "one of", listed(names), std::move(help), word_shape(names)},
      member,
      [names](const Node& node) -> std::optional<E> {
        for (const auto& [name, value] : names) {
          if (names_choice(node, name)) {
            return value;
          }
        }
        return std::nullopt;
      },
      [names](const E& value) {
        for (const auto& [name, named] : names) {
          if (named == value) {
            return plain_node(name);
          }
        }
        return null_node();
      });
}

/// Several of a few words.
template <typename S, typename E>
Field<S> choices(std::string key, std::vector<E> S::*member, const Names<E>& names,
                 std::string help) {
  return value_field<S>(
      FieldText{std::move(key), "list of", listed(names), std::move(help), word_shape(names, true)},
      member,
      [names](const Node& node) -> std::optional<std::vector<E>> {
        std::vector<E> values;
        for (const Node& item : node.children) {
          const auto found = std::find_if(names.begin(), names.end(), [&](const auto& entry) {
            return names_choice(item, entry.first);
          });
          if (found == names.end()) {
            return std::nullopt;
          }
          values.push_back(found->second);
        }
        return node.is_list() ? std::optional(values) : std::nullopt;
      },
      [names](const std::vector<E>& values) {
        std::vector<Node> items;
        for (const E& value : values) {
          const auto found = std::find_if(names.begin(), names.end(),
                                          [&](const auto& entry) { return entry.second == value; });
          items.push_back(plain_node(found->first));
        }
        return list_node(std::move(items));
      });
}

/// Two numbers [low, high] in this order, both in the range.
template <typename S>
Field<S> interval(std::string key, Interval S::*member, Range range, std::string help) {
  return value_field<S>(
      FieldText{std::move(key), "[low, high]", range.text(), std::move(help),
                number_list_shape<double>(range, 2)},
      member,
      [range](const Node& node) -> std::optional<Interval> {
        if (!node.is_list() || node.children.size() != 2) {
          return std::nullopt;
        }
        const std::optional<double> low = node.children[0].number();
        const std::optional<double> high = node.children[1].number();
        const bool legal =
            low && high && *low <= *high && range.contains(*low) && range.contains(*high);
        return legal ? std::optional(Interval{*low, *high}) : std::nullopt;
      },
      [](const Interval& value) {
        return list_node({number_node(value.low), number_node(value.high)});
      });
}

}  // namespace sr::settings
