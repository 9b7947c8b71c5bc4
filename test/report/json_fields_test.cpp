#include "report/json_fields.h"

#include "support/catch.h"

using nlohmann::ordered_json;

TEST_CASE("a field that is missing or of another kind counts as absent", "[report]") {
  const ordered_json json = ordered_json::parse(
      R"({"n": 3, "x": 0.5, "t": "word", "f": true, "list": [1], "nothing": null})");
  CHECK(sr::field(json, "list").size() == 1);
  for (const ordered_json& other : {ordered_json(), ordered_json(1), ordered_json("n"),
                                    ordered_json::array({1}), ordered_json::object()}) {
    CHECK(sr::field(other, "n").is_null());
  }
  CHECK(sr::text_field(json, "t") == "word");
  CHECK(sr::text_field(json, "n", "none") == "none");
  CHECK(sr::text_field(json, "nothing").empty());
  CHECK(sr::flag_field(json, "f", false));
  CHECK_FALSE(sr::flag_field(json, "n", false));
  CHECK(sr::number_field(json, "x", 2) == 0.5);
  CHECK(sr::number_field(json, "n", 2) == 3);
  CHECK(sr::number_field(json, "t", 2) == 2);
}

TEST_CASE("whole numbers are those that fit", "[report]") {
  CHECK(sr::whole<int>(ordered_json(-3)) == -3);
  CHECK(sr::whole<int>(ordered_json(2147483647)) == 2147483647);
  CHECK_FALSE(sr::whole<int>(ordered_json(4294967297)));
  CHECK_FALSE(sr::whole<std::int64_t>(ordered_json(18446744073709551615U)));
  CHECK_FALSE(sr::whole<int>(ordered_json(3.0)));
  CHECK_FALSE(sr::whole<int>(ordered_json(true)));
  CHECK_FALSE(sr::whole(ordered_json(-1), 0, 8));
  CHECK_FALSE(sr::whole(ordered_json(9), 0, 8));
  CHECK(sr::whole(ordered_json(8), 0, 8) == 8);
}
