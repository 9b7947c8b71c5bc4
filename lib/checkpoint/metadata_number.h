#pragma once

#include <charconv>
#include <optional>
#include <system_error>

#include "checkpoint/tensor_file.h"

namespace sr {

/// What metadata says under this key; nothing where that is missing, or more or less than a number.
template <typename Number>
std::optional<Number> metadata_number(const Metadata& metadata, const char* key) {
  const auto found = metadata.find(key);
  if (found == metadata.end()) {
    return std::nullopt;
  }
  const char* const end = found->second.data() + found->second.size();
  Number number{};
  const auto [stop, error] = std::from_chars(found->second.data(), end, number);
  return error == std::errc{} && stop == end ? std::optional(number) : std::nullopt;
}

}  // namespace sr
