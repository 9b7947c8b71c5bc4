#include "core/utf8.h"

#include <string>

#include "support/catch.h"

TEST_CASE("every code point is written and read back", "[core]") {
  for (const char32_t value :
       {U'\0', U'a', U'\x7f', U'\x80', U'\x7ff', U'\x800', U'\xfffd', U'\x10000', U'\x10ffff'}) {
    std::string text;
    sr::append_utf8(text, value);
    const sr::CodePoint read = sr::first_code_point(text);
    CHECK(read.value == value);
    CHECK(read.bytes == text.size());
    CHECK(sr::first_not_utf8(text + text) == 2 * text.size());
  }
}

TEST_CASE("what is no code point is written as the replacement character", "[core]") {
  for (const char32_t value : {char32_t{0xD800}, char32_t{0xDFFF}, char32_t{0x110000}}) {
    std::string text;
    sr::append_utf8(text, value);
    CHECK(text == "\uFFFD");
  }
}

TEST_CASE("the first byte that is no UTF-8 is found", "[core]") {
  CHECK(sr::first_not_utf8("Grüße") == 7);
  CHECK(sr::first_not_utf8("caf\xe9.png") == 3);
  CHECK(sr::first_not_utf8("a\xE5\x86") == 1);
  CHECK(sr::first_not_utf8("\xC0\xAF") == 0);
  CHECK(sr::first_not_utf8("\xED\xA0\x80") == 0);
}
