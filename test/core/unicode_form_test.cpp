#include "core/unicode_form.h"

#include "support/catch.h"

TEST_CASE("names that look alike have one decomposed form", "[core]") {
  CHECK(sr::decomposed("caf\u00e9") == "cafe\u0301");
  CHECK(sr::decomposed("cafe\u0301") == "cafe\u0301");
  CHECK(sr::decomposed("\u1ec7") == "e\u0323\u0302");  // Vietnamese, two marks in their order
  CHECK(sr::decomposed("\u0439") == "\u0438\u0306");   // Cyrillic short i
  CHECK(sr::decomposed("\u304c") == "\u304b\u3099");   // ga is ka with a mark
  CHECK(sr::decomposed("\ud55c\uae00") == "\u1112\u1161\u11ab\u1100\u1173\u11af");  // Hangul
  CHECK(sr::decomposed("\uac00") == "\u1100\u1161");  // a syllable without a tail
}

TEST_CASE("what has no other form stays as it is", "[core]") {
  for (const char* name : {"", "0801x2", "ß", "\u5199\u771f", "caf\xe9", "\U0001F468"}) {
    CHECK(sr::decomposed(name) == name);
  }
}

TEST_CASE("names that differ in case or form alone fold to one text", "[core]") {
  CHECK(sr::folded("Val") == "val");
  CHECK(sr::folded("CAF\u00c9") == sr::folded("cafe\u0301"));
  CHECK(sr::folded("\u00d8\u0160\u0139") == sr::folded("\u00f8\u0161\u013a"));
  CHECK(sr::folded("\u0412\u0410\u041b") == sr::folded("\u0432\u0430\u043b"));
  CHECK(sr::folded("\u0393\u03a9") == sr::folded("\u03b3\u03c9"));
  CHECK(sr::folded("a\u00d7b") != sr::folded("a\u00f7b"));  // times and divided by
  CHECK(sr::folded("val_1") != sr::folded("val_2"));
}
