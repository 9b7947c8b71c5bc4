#include "core/base64.h"

#include "support/catch.h"

TEST_CASE("base64 gives RFC 4648's examples", "[core]") {
  CHECK(sr::base64("").empty());
  CHECK(sr::base64("f") == "Zg==");
  CHECK(sr::base64("fo") == "Zm8=");
  CHECK(sr::base64("foo") == "Zm9v");
  CHECK(sr::base64("foob") == "Zm9vYg==");
  CHECK(sr::base64("foobar") == "Zm9vYmFy");
  CHECK(sr::base64("\xff\xfe\xfd") == "//79");
}
