#include "train/saved_json.h"

#include "support/catch.h"

using Json = nlohmann::ordered_json;

TEST_CASE("what is of the same kind passes, whatever its value", "[train]") {
  const Json model = {{"steps", 5},
                      {"share", 0.5},
                      {"on", true},
                      {"size", nullptr},
                      {"inner", {{"list", Json::array()}, {"name", "x"}}}};
  CHECK_NOTHROW(sr::require_same_kinds(model, model, "sizes"));
  const Json other = {{"steps", -7},  {"share", 2},
                      {"on", false},  {"size", {{"lq_size", 3}}},
                      {"new_key", 1}, {"inner", {{"list", {1, 2}}, {"name", nullptr}}}};
  CHECK_NOTHROW(sr::require_same_kinds(other, model, "sizes"));
}

TEST_CASE("another kind is refused with its path", "[train]") {
  const Json model = {{"steps", 5}, {"inner", {{"list", Json::array()}, {"share", 0.5}}}};
  CHECK_THROWS_WITH(sr::require_same_kinds({{"steps", 1e308}}, model, "sizes"),
                    "sizes/steps is no integer");
  CHECK_THROWS_WITH(sr::require_same_kinds({{"inner", 5}}, model, "sizes"),
                    "sizes/inner is no object");
  CHECK_THROWS_WITH(sr::require_same_kinds({{"inner", {{"list", "x"}}}}, model, "sizes"),
                    "sizes/inner/list is no array");
  CHECK_THROWS_AS(sr::require_same_kinds({{"inner", {{"share", true}}}}, model, "sizes"),
                  sr::CheckpointError);
  CHECK_THROWS_AS(sr::require_same_kinds(5, model, "sizes"), sr::CheckpointError);
}

TEST_CASE("what a state's contents do not like names the state", "[train]") {
  CHECK_THROWS_WITH(sr::naming_state("a/5.state", [] { throw sr::CheckpointError("is odd"); }),
                    "a/5.state: is odd");
  try {
    sr::naming_state("a/5.state", [] { Json(5).at("run"); });
    FAIL("no error");
  } catch (const sr::CheckpointError& error) {
    CHECK_THAT(error.what(), Catch::StartsWith("a/5.state: is no state of this program: "));
  }
}
