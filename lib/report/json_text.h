#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace sr {

/// JSON as text, on one line unless an indentation is given. Bytes that are no UTF-8, as names of
/// files may hold, become U+FFFD; dump() alone would throw.
inline std::string json_text(const nlohmann::ordered_json& json, int indentation = -1) {
  return json.dump(indentation, ' ', /*ensure_ascii=*/false,
                   nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace sr
