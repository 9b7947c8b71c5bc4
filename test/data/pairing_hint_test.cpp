#include "data/pairing_hint.h"

#include <string>

#include "support/catch.h"

using sr::pairing_hint;
using Names = std::vector<std::string>;

TEST_CASE("names with something around them get the template", "[data]") {
  CHECK(pairing_hint({"0801", "0802"}, {"0801x2", "0802x2"}, "{}") ==
        "filename_tmpl: '{}x2' would pair them");
  CHECK(pairing_hint({"0801", "0802"}, {"LR_0801", "LR_0802"}, "{}") ==
        "filename_tmpl: 'LR_{}' would pair them");
  CHECK(pairing_hint({"a/1", "a/11", "b/2"}, {"a/1_lq", "a/11_lq", "b/2_lq"}, "{}x4") ==
        "filename_tmpl: '{}_lq' would pair them");
  // One name within others: the template that pairs most is told.
  CHECK(pairing_hint({"1", "2", "12"}, {"1s", "2s", "12s"}, "{}") ==
        "filename_tmpl: '{}s' would pair them");
  CHECK(pairing_hint({"0801", "0802"}, {"0801", "0802"}, "{}x2") ==
        "filename_tmpl: '{}' would pair them");
}

TEST_CASE("names that only look equal are told so", "[data]") {
  CHECK(pairing_hint({"caf\u00e9", "\u00fcber"}, {"cafe\u0301", "u\u0308ber"}, "{}")
            .find("Unicode form (NFC and NFD)") != std::string::npos);
  CHECK(pairing_hint({"caf\u00e9"}, {"cafe\u0301x2"}, "{}x2").find("Unicode form") !=
        std::string::npos);
  CHECK(pairing_hint({"IMG_1", "IMG_2"}, {"img_1", "img_2"}, "{}").find("capital letters alone") !=
        std::string::npos);
}

TEST_CASE("names in other folders are told with an example", "[data]") {
  const std::string hint = pairing_hint({"0801", "0802"}, {"X2/0801x2", "X2/0802x2"}, "{}x2");
  CHECK(hint.find("'0802' and 'X2/0802x2'") != std::string::npos);
  CHECK(hint.find("give the folder that the images lie in") != std::string::npos);
}

TEST_CASE("names in other folders with something around them are told with both", "[data]") {
  const std::string hint = pairing_hint({"0801", "0802"}, {"X2/0801x2", "X2/0802x2"}, "{}");
  CHECK_THAT(hint, Catch::Contains("filename_tmpl: '{}x2'") &&
                       Catch::Contains("'0801' and 'X2/0801x2'") &&
                       Catch::Contains("give the folder that the images lie in as well"));
}

TEST_CASE("without a rule that pairs half of the images there is no hint", "[data]") {
  CHECK(pairing_hint({"a", "b", "c", "d"}, {"ax", "y", "z"}, "{}").empty());
  CHECK(pairing_hint({}, {"a"}, "{}").empty());
  CHECK(pairing_hint({"a"}, {}, "{}").empty());
}

TEST_CASE("a hint for very many names takes no long time", "[data]") {
  Names gt, lq;
  for (int i = 0; i < 100'000; ++i) {
    gt.push_back(std::to_string(1'000'000 + i));
    lq.push_back(gt.back() + "x4");
  }
  CHECK(pairing_hint(gt, lq, "{}") == "filename_tmpl: '{}x4' would pair them");
}
