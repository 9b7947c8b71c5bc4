#include "core/lower_case.h"

#include <algorithm>

namespace sr {

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return result;
}

std::string lower_extension(const std::filesystem::path& file) {
  return lower(file.extension().string());
}

}  // namespace sr
