#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "config/config.h"

namespace sr {

/// The resolved configuration as YAML with every setting; load_config (resolve/load.h) reads it
/// back to an equal Config.
std::string resolved_yaml(const Config& config);

/// The same as a JSON object, for readers of events.
nlohmann::ordered_json resolved_json(const Config& config);

}  // namespace sr
