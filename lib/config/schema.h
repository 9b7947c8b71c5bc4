#pragma once

#include <nlohmann/json.hpp>

namespace sr {

/// The YAML of a run as a JSON Schema (draft 7), for editors: every key, ours and those of other
/// trainers, with types, ranges, words, defaults and help. What needs several settings to be judged
/// is left to load_config().
nlohmann::ordered_json configuration_schema();

}  // namespace sr
