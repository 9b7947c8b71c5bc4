#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

// Fields of JSON that anybody may have changed since it was written: what is missing, or of another
// kind than asked for, counts as absent.

namespace sr {

/// A member of an object; null where there is none.
inline const nlohmann::ordered_json& field(const nlohmann::ordered_json& json, const char* key) {
  static const nlohmann::ordered_json kNone;
  if (!json.is_object()) {
    return kNone;
  }
  const auto found = json.find(key);
  return found == json.end() ? kNone : *found;
}

/// Nothing for what is no whole number within these bounds.
template <typename Integer>
std::optional<Integer> whole(const nlohmann::ordered_json& value,
                             Integer low = std::numeric_limits<Integer>::min(),
                             Integer high = std::numeric_limits<Integer>::max()) {
  const auto within = [&](auto number) {
    return std::cmp_greater_equal(number, low) && std::cmp_less_equal(number, high);
  };
  const bool fits = value.is_number_unsigned()  ? within(value.get<std::uint64_t>())
                    : value.is_number_integer() ? within(value.get<std::int64_t>())
                                                : false;
  return fits ? std::optional(value.get<Integer>()) : std::nullopt;
}

inline std::string text_field(const nlohmann::ordered_json& json, const char* key,
                              const std::string& otherwise = {}) {
  const nlohmann::ordered_json& value = field(json, key);
  return value.is_string() ? value.get<std::string>() : otherwise;
}

inline bool flag_field(const nlohmann::ordered_json& json, const char* key, bool otherwise) {
  const nlohmann::ordered_json& value = field(json, key);
  return value.is_boolean() ? value.get<bool>() : otherwise;
}

inline double number_field(const nlohmann::ordered_json& json, const char* key, double otherwise) {
  const nlohmann::ordered_json& value = field(json, key);
  return value.is_number() ? value.get<double>() : otherwise;
}

}  // namespace sr
