#include "config/names.h"

#include "core/printable_text.h"

namespace sr::settings {

bool names_folder(std::string_view name) {
  constexpr std::size_t kLongest = 200;
  return !name.empty() && name.size() <= kLongest && name != "." && name != ".." &&
         name.find('/') == std::string_view::npos && printable_line(name) == name;
}

}  // namespace sr::settings
