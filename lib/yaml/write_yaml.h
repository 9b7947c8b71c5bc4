#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "yaml/node.h"

namespace sr::settings {

/// Block style for sections, one line for everything in a list.
std::string to_yaml(const Node& map);

/// One line: "[1, 2]", "{type: l1loss}", "~", quoted where YAML would read something else.
std::string to_flow(const Node& node);

/// What is no text in YAML is none in JSON.
nlohmann::ordered_json to_json(const Node& node);

}  // namespace sr::settings
