#pragma once

#include <filesystem>
#include <string>

#include "yaml/findings.h"
#include "yaml/node.h"

namespace sr::settings {

/// Reads a file that holds one map, within the limits of yaml_tree.h. Throws ConfigError when it
/// cannot be read, is empty or is no YAML; keys given twice are problems.
Node read_yaml_file(const std::filesystem::path& file, Findings& findings);

/// The value of "--set key=value". Throws ConfigError when it is no YAML.
Node read_yaml_value(const std::string& text);

}  // namespace sr::settings
