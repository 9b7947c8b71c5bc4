#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sr {

struct CodePoint {
  char32_t value = 0;
  std::size_t bytes = 0;  ///< of its UTF-8; 0: there is none
};

/// The code point that a text (not empty) begins with. Strict: no overlong forms, no surrogates,
/// nothing beyond U+10FFFF.
CodePoint first_code_point(std::string_view text);

/// Where the first byte stands that belongs to no UTF-8; the size of the text when there is none.
std::size_t first_not_utf8(std::string_view text);

/// Appends a code point; what is none becomes U+FFFD.
void append_utf8(std::string& to, char32_t value);

}  // namespace sr
