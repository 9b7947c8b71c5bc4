#include "core/printable_text.h"

#include "support/catch.h"

TEST_CASE("control characters are written out", "[core]") {
  CHECK(sr::printable("a\x1b[31mb\rc\x7f\x08") == "a\\x1b[31mb\\rc\\x7f\\x08");
  CHECK(sr::printable("\xC2\x9B"
                      "31m\a") == "\\u009b31m\\x07");  // U+009B starts a control sequence too
  CHECK(sr::printable(std::string_view("a\0b", 3)) == "a\\x00b");
}

TEST_CASE("newlines stay in a message and are written out in a name", "[core]") {
  CHECK(sr::printable("a\tb\nc\n") == "a b\nc\n");
  CHECK(sr::printable_line("a\tb\nc\n") == "a\\tb\\nc\\n");
  CHECK(sr::printable("") == "");
}

TEST_CASE("text in any script stays as it is", "[core]") {
  for (const char* text : {"Grüße \u2588", "写真", "\U0001F468\u200D\U0001F469", "C:\\photos"}) {
    CHECK(sr::printable(text) == text);
    CHECK(sr::printable_line(text) == text);
  }
}

TEST_CASE("marks that turn a line around or hide in it are written out", "[core]") {
  CHECK(sr::printable("a\u202Egnp.exe") == "a\\u202egnp.exe");
  CHECK(sr::printable("a\u2028b\uFEFF") == "a\\u2028b\\ufeff");
}

TEST_CASE("what is no UTF-8 is written out byte by byte", "[core]") {
  CHECK(sr::printable("caf\xe9.png") == "caf\\xe9.png");
  CHECK(sr::printable("\xC0\xAF") == "\\xc0\\xaf");                    // an overlong '/'
  CHECK(sr::printable("\xE0\x80\xAF") == "\\xe0\\x80\\xaf");           // and one of three bytes
  CHECK(sr::printable("\xED\xA0\x80") == "\\xed\\xa0\\x80");           // a surrogate
  CHECK(sr::printable("\xF4\x90\x80\x80") == "\\xf4\\x90\\x80\\x80");  // beyond Unicode
  CHECK(sr::printable("a\xE5\x86") == "a\\xe5\\x86");                  // cut off
  CHECK(sr::printable("\xF8\x80\xFF") == "\\xf8\\x80\\xff");
}
