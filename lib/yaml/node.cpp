#include "yaml/node.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "core/lines.h"
#include "core/lower_case.h"

namespace sr::settings {
namespace {

constexpr std::size_t kLongestShown = 200;  // bytes of a value in a message

Node scalar(std::string text, bool quoted) {
  Node node;
  node.kind = Node::Kind::kScalar;
  node.text = std::move(text);
  node.quoted = quoted;
  return node;
}

/// YAML 1.1 digits may be grouped (100_000) and carry a plus sign; std::from_chars knows neither.
std::string without_decoration(std::string_view text) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
  }
  std::string digits;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool groups = text[i] == '_' && i > 0 && i + 1 < text.size();
    if (!groups) {
      digits += text[i];
    }
  }
  return digits;
}

/// "020" is 16 in YAML 1.1, which the peers' reader follows, and 20 in YAML 1.2.
bool is_octal(std::string_view text) {
  if (text.starts_with('-')) {
    text.remove_prefix(1);
  }
  return text.size() > 1 && text.front() == '0' &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

template <typename T>
std::optional<T> parse(const std::string& text) {
  if (is_octal(text)) {
    return std::nullopt;
  }
  T value{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (text.empty() || error != std::errc{} || stop != end) {
    return std::nullopt;
  }
  return value;
}

}  // namespace

const Node* Node::find(std::string_view key) const {
  const auto at = std::find(keys.begin(), keys.end(), key);
  return at == keys.end() ? nullptr : &children[static_cast<std::size_t>(at - keys.begin())];
}

Node* Node::find(std::string_view key) {
  return const_cast<Node*>(std::as_const(*this).find(key));
}

void Node::add(std::string key, Node value) {
  keys.push_back(std::move(key));
  children.push_back(std::move(value));
}

void Node::add_all(Node other) {
  for (std::size_t i = 0; i < other.keys.size(); ++i) {
    add(std::move(other.keys[i]), std::move(other.children[i]));
  }
}

std::optional<bool> Node::boolean() const {
  if (!is_scalar() || quoted) {
    return std::nullopt;
  }
  static constexpr std::array<std::pair<std::string_view, bool>, 6> kWords{{{"true", true},
                                                                            {"yes", true},
                                                                            {"on", true},
                                                                            {"false", false},
                                                                            {"no", false},
                                                                            {"off", false}}};
  for (const auto& [word, value] : kWords) {
    if (lower(text) == word) {
      return value;
    }
  }
  return std::nullopt;
}

std::optional<std::int64_t> Node::integer() const {
  if (!is_scalar() || quoted) {
    return std::nullopt;
  }
  if (const auto exact = parse<std::int64_t>(without_decoration(text))) {
    return exact;
  }
  const std::optional<double> value = number();
  // 2^53: beyond it a double no longer names one integer.
  if (!value || std::trunc(*value) != *value || std::fabs(*value) > 9007199254740992.0) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(*value);
}

std::optional<double> Node::number() const {
  if (!is_scalar() || quoted) {
    return std::nullopt;
  }
  const auto value = parse<double>(without_decoration(text));
  return value && std::isfinite(*value) ? value : std::nullopt;
}

std::string Node::shown() const {
  switch (kind) {
    case Kind::kNull:
      return "nothing";
    case Kind::kScalar: {
      const std::string start = shortened(text, kLongestShown);
      return quoted ? fmt::format("the text '{}' (in quotes)", start) : fmt::format("'{}'", start);
    }
    case Kind::kList:
      return children.empty() ? "an empty list" : "a list";
    case Kind::kMap:
      return children.empty() ? "an empty section" : "a section";
  }
  return {};
}

Node null_node() {
  return {};
}

Node text_node(std::string text) {
  return scalar(std::move(text), true);
}

Node plain_node(std::string text) {
  return scalar(std::move(text), false);
}

Node node_of(bool value) {
  return plain_node(value ? "true" : "false");
}

Node node_of(std::int64_t value) {
  return plain_node(fmt::format("{}", value));
}

Node node_of(double value) {
  return plain_node(fmt::format("{}", value));
}

Node list_node(std::vector<Node> items) {
  Node node;
  node.kind = Node::Kind::kList;
  node.children = std::move(items);
  return node;
}

Node map_node() {
  Node node;
  node.kind = Node::Kind::kMap;
  return node;
}

const Node* find_path(const Node& root, std::string_view path) {
  const Node* node = &root;
  while (node != nullptr && !path.empty()) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    const std::string_view part = path.substr(0, dot);
    path.remove_prefix(std::min(dot + 1, path.size()));
    if (node->is_list()) {
      const auto index = parse<std::size_t>(std::string(part));
      node = index && *index < node->children.size() ? &node->children[*index] : nullptr;
    } else {
      node = node->find(part);
    }
  }
  return node;
}

bool is_given(const Node& root, std::string_view path) {
  const Node* node = find_path(root, path);
  return node != nullptr && !node->is_null();
}

int line_of(const Node& root, std::string_view path) {
  while (!path.empty()) {
    if (const Node* node = find_path(root, path)) {
      return node->line;
    }
    const std::size_t dot = path.rfind('.');
    path = dot == std::string_view::npos ? std::string_view{} : path.substr(0, dot);
  }
  return root.line;
}

}  // namespace sr::settings
