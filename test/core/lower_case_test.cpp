#include "core/lower_case.h"

#include "support/catch.h"

TEST_CASE("ASCII letters alone become small", "[core]") {
  CHECK(sr::lower("A-Z az09_\xc3\x84") == "a-z az09_\xc3\x84");
  CHECK(sr::lower("") == "");
}

TEST_CASE("an extension is told whatever its letters", "[core]") {
  CHECK(sr::lower_extension("A.B/photo.JPeG") == ".jpeg");
  CHECK(sr::lower_extension("A.B/photo") == "");
  CHECK(sr::lower_extension(".PNG") == "");
  CHECK(sr::lower_extension("a/.PNG") == "");
  CHECK(sr::lower_extension("a.png/") == "");
  CHECK(sr::lower_extension("a.b/..") == "");
  CHECK(sr::lower_extension("a.") == ".");
}
