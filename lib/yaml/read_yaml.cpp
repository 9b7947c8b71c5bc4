#include "yaml/read_yaml.h"

#include <fmt/format.h>

#include "core/error.h"
#include "core/printable_text.h"
#include "core/text_file.h"
#include "core/units.h"
#include "yaml/yaml_tree.h"

namespace sr::settings {

Node read_yaml_file(const std::filesystem::path& file, Findings& findings) {
  const std::string name = printable_line(file.string());
  const TextFile content = read_text_file(file, kMostYamlBytes);
  if (!content.problem.empty()) {
    throw ConfigError(fmt::format("cannot read configuration {}: {}", name, content.problem));
  }
  try {
    Node root = yaml_tree(content.text, &findings);
    root.line = 1;
    if (root.is_null()) {
      throw ConfigError(fmt::format("{}: holds no settings", name));
    }
    if (!root.is_map()) {
      throw ConfigError(fmt::format("{}:1: expected settings as 'key: value'", name));
    }
    return root;
  } catch (const YamlError& error) {
    throw ConfigError(fmt::format("{}:{}: {}", name, error.line, error.what));
  }
}

Node read_yaml_value(const std::string& text) {
  const TextFile content = text_of_bytes(text);
  if (!content.problem.empty()) {
    throw ConfigError(content.problem);
  }
  try {
    return yaml_tree(content.text, nullptr);
  } catch (const YamlError& error) {
    throw ConfigError(error.what);
  }
}

}  // namespace sr::settings
