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

std::string lower_extension(const std::string& file) {
  const std::string_view name = std::string_view(file).substr(file.find_last_of('/') + 1);
  const std::size_t dot = name.find_last_of('.');
  return dot == std::string_view::npos || dot == 0 || name == ".." ? std::string()
                                                                   : lower(name.substr(dot));
}

}  // namespace sr
