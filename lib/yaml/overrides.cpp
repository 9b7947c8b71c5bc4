#include "yaml/overrides.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "core/error.h"
#include "yaml/read_yaml.h"
#include "yaml/yaml_tree.h"

namespace sr::settings {
namespace {

/// The child of `node` that `part` names, made if it may be; null with `reason` set when it cannot
/// be.
Node* step_into(Node& node, const std::string& part, std::string& reason) {
  if (node.is_list()) {
    const auto index = plain_node(part).integer().value_or(-1);
    const auto size = static_cast<std::int64_t>(node.children.size());
    if (index < 0 || index > size) {
      reason = fmt::format("'{}' is no place in this list; legal: 0 to {}", part, size);
      return nullptr;
    }
    if (index == size) {
      node.children.emplace_back();
    }
    return &node.children[static_cast<std::size_t>(index)];
  }
  if (node.is_scalar()) {
    reason = fmt::format("there is no '{}' in a single value", part);
    return nullptr;
  }
  node.kind = Node::Kind::kMap;
  if (node.find(part) == nullptr) {
    node.add(part, null_node());
  }
  return node.find(part);
}

/// "{}x2", a filename_tmpl, begins like an empty section and is no YAML: it is meant as text.
bool is_template(const std::string& text) {
  return text.starts_with("{}") && text.size() > 2 && text[2] != ' ' && text[2] != '\t';
}

}  // namespace

void apply_override(Node& root, const std::string& assignment, Findings& findings) {
  const std::size_t equals = assignment.find('=');
  const std::string path = assignment.substr(0, equals);
  if (equals == std::string::npos || path.empty()) {
    findings.problem(kCommandLine, "", fmt::format("'{}': expected key.path=value", assignment));
    return;
  }
  if (std::count(path.begin(), path.end(), '.') >= kDeepestYaml) {
    findings.problem(kCommandLine, path, fmt::format("nested more than {} deep", kDeepestYaml));
    return;
  }
  Node* node = &root;
  std::string reason;
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t dot = std::min(path.find('.', begin), path.size());
    node = step_into(*node, path.substr(begin, dot - begin), reason);
    if (node == nullptr) {
      findings.problem(kCommandLine, path, reason);
      return;
    }
    begin = dot + 1;
  }
  try {
    const std::string value = assignment.substr(equals + 1);
    *node = is_template(value) ? text_node(value) : read_yaml_value(value);
  } catch (const ConfigError& error) {
    findings.problem(kCommandLine, path, error.what());
  }
}

}  // namespace sr::settings
