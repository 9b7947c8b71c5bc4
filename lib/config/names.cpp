#include "config/names.h"

#include <fmt/format.h>

#include "core/printable_text.h"

namespace sr::settings {

bool names_folder(std::string_view name) {
  return !name.empty() && name.size() <= kLongestName && name != "." && name != ".." &&
         name.find('/') == std::string_view::npos && printable_line(name) == name;
}

std::string no_name_of_folder(std::string_view name, const std::string& shown) {
  if (name.size() > kLongestName) {
    return fmt::format("expected text of at most {} bytes that can name a folder, got {} bytes: {}",
                       kLongestName, name.size(), shown);
  }
  return "expected text that can name a folder, got " + shown;
}

}  // namespace sr::settings
