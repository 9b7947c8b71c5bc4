#include "yaml/write_yaml.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "core/lower_case.h"

namespace sr::settings {
namespace {

bool is_plain_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.' || c == '/' || c == '-' || c == '+' || c == ' ';
}

/// True when YAML reads these characters back as this very text.
bool is_plain_text(const std::string& text) {
  const Node plain = plain_node(text);
  const bool something_else = text.empty() || plain.boolean() || plain.number() ||
                              lower(text) == "null" || lower(text) == ".nan" ||
                              lower(text).ends_with(".inf");
  return !something_else && std::all_of(text.begin(), text.end(), is_plain_character) &&
         text.front() != ' ' && text.back() != ' ' && text.front() != '-';
}

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (c >= 0 && c < ' ') {
      result += fmt::format("\\x{:02x}", static_cast<int>(c));
    } else {
      result += c;
    }
  }
  return result + '"';
}

std::string scalar_text(const Node& node) {
  return node.quoted && !is_plain_text(node.text) ? quoted(node.text) : node.text;
}

std::string key_text(const std::string& key) {
  return is_plain_text(key) ? key : quoted(key);
}

void write_block(const Node& map, int depth, std::string& out) {
  const std::string indent(static_cast<std::size_t>(depth) * 2, ' ');
  for (std::size_t i = 0; i < map.keys.size(); ++i) {
    const Node& child = map.children[i];
    out += fmt::format("{}{}:", indent, key_text(map.keys[i]));
    if (child.is_map() && !child.children.empty()) {
      out += '\n';
      write_block(child, depth + 1, out);
    } else if (child.is_list() && !child.children.empty() && child.children.front().is_map()) {
      out += '\n';
      for (const Node& item : child.children) {
        out += fmt::format("{}  - {}\n", indent, to_flow(item));
      }
    } else {
      out += fmt::format(" {}\n", to_flow(child));
    }
  }
}

}  // namespace

std::string to_flow(const Node& node) {
  if (node.is_null()) {
    return "~";
  }
  if (node.is_scalar()) {
    return scalar_text(node);
  }
  std::string inside;
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    inside += i == 0 ? "" : ", ";
    inside += node.is_map() ? fmt::format("{}: ", key_text(node.keys[i])) : "";
    inside += to_flow(node.children[i]);
  }
  return node.is_map() ? fmt::format("{{{}}}", inside) : fmt::format("[{}]", inside);
}

std::string to_yaml(const Node& map) {
  std::string out;
  write_block(map, 0, out);
  return out;
}

nlohmann::ordered_json to_json(const Node& node) {
  if (node.is_map()) {
    auto object = nlohmann::ordered_json::object();
    for (std::size_t i = 0; i < node.children.size(); ++i) {
      object[node.keys[i]] = to_json(node.children[i]);
    }
    return object;
  }
  if (node.is_list()) {
    auto list = nlohmann::ordered_json::array();
    for (const Node& item : node.children) {
      list.push_back(to_json(item));
    }
    return list;
  }
  if (node.is_null()) {
    return nullptr;
  }
  if (const auto truth = node.boolean(); truth && !node.quoted) {
    return *truth;
  }
  if (const auto whole = node.integer(); whole && !node.quoted) {
    return *whole;
  }
  if (const auto number = node.number(); number && !node.quoted) {
    return *number;
  }
  return node.text;
}

}  // namespace sr::settings
