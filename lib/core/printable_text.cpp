#include "core/printable_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "core/utf8.h"

namespace sr {
namespace {

bool is_control(char32_t value) {
  return value < 0x20 || (value >= 0x7F && value <= 0x9F);
}

/// Separators of lines, marks of direction and order, what has no width (but for the joiners that
/// words of some scripts need).
bool reorders_or_hides(char32_t value) {
  return value == 0x200B || value == 0x200E || value == 0x200F ||
         (value >= 0x2028 && value <= 0x202E) || (value >= 0x2060 && value <= 0x206F) ||
         value == 0xFEFF;
}

std::string written_out(char32_t value) {
  switch (value) {
    case '\n':
      return "\\n";
    case '\t':
      return "\\t";
    case '\r':
      return "\\r";
    default:
      return value < 0x80 ? fmt::format("\\x{:02x}", static_cast<std::uint32_t>(value))
                          : fmt::format("\\u{:04x}", static_cast<std::uint32_t>(value));
  }
}

}  // namespace

std::string printable_line(std::string_view text) {
  std::string clean;
  clean.reserve(text.size());
  while (!text.empty()) {
    const CodePoint next = first_code_point(text);
    if (next.bytes == 0) {
      clean += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[0]));
      text.remove_prefix(1);
      continue;
    }
    if (is_control(next.value) || reorders_or_hides(next.value)) {
      clean += written_out(next.value);
    } else {
      clean += text.substr(0, next.bytes);
    }
    text.remove_prefix(next.bytes);
  }
  return clean;
}

std::string printable(std::string_view text) {
  std::string clean;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find_first_of("\n\t", begin), text.size());
    clean += printable_line(text.substr(begin, end - begin));
    if (end < text.size()) {
      clean += text[end] == '\n' ? '\n' : ' ';
    }
    begin = end + 1;
  }
  return clean;
}

}  // namespace sr
