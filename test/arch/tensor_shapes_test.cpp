#include "arch/tensor_shapes.h"

#include "support/catch.h"

using sr::arch::TensorShapes;
using sr::arch::whole_root;

TEST_CASE("shapes are asked by name and axis", "[arch]") {
  const TensorShapes shapes({{"body.0.weight", {64, 3, 3, 3}}, {"body.0.bias", {64}}});
  CHECK(shapes.has("body.0.bias"));
  CHECK_FALSE(shapes.has("body.0"));
  CHECK(shapes.size("body.0.weight", 1) == 3);
  CHECK(shapes.size("body.0.bias", 1) == 0);
  CHECK(shapes.size("tail", 0) == 0);
  CHECK(shapes.codes("body.0.bias") == nullptr);
  const TensorShapes coded({{"meta", {2}}}, {{"meta", {3, 255}}});
  REQUIRE(coded.codes("meta") != nullptr);
  CHECK(*coded.codes("meta") == TensorShapes::Codes{3, 255});
}

TEST_CASE("blocks are counted by the largest index behind a prefix", "[arch]") {
  const TensorShapes shapes(
      {{"body.0.w", {}}, {"body.12.w", {}}, {"body.x.w", {}}, {"body", {}}, {"bodies.99.w", {}}});
  CHECK(shapes.count("body.") == 13);
  CHECK(shapes.count("head.") == 0);
}

TEST_CASE("an index that no network has counts nothing", "[arch]") {
  const auto count = [](const char* name) {
    std::map<std::string, TensorShapes::Shape, std::less<>> shapes;
    shapes[name] = {};
    return TensorShapes(std::move(shapes)).count("body.");
  };
  CHECK(count("body.99999999999999999999.w") == 0);
  CHECK(count("body.70000.w") == 0);
  CHECK(count("body.-3.w") == 0);
  CHECK(count("body.3.w") == 4);
}

TEST_CASE("the scale of a shuffle is the root of its channels", "[arch]") {
  CHECK(whole_root(16) == 4);
  CHECK(whole_root(1) == 1);
  CHECK_FALSE(whole_root(12).has_value());
  CHECK_FALSE(whole_root(0).has_value());
  CHECK_FALSE(whole_root(-4).has_value());
}

TEST_CASE("the least divisor of a rounded quotient", "[arch]") {
  CHECK(sr::arch::divisor(180, 22) == 8);
  CHECK(sr::arch::divisor(12, 12) == 1);
  CHECK_FALSE(sr::arch::divisor(12, 5));
  CHECK_FALSE(sr::arch::divisor(12, 0));
  CHECK_FALSE(sr::arch::divisor(12, 13));
}

TEST_CASE("a ratio gives the features that it was made of", "[arch]") {
  for (int inside = 1; inside <= 200; ++inside) {
    CHECK(static_cast<int>(49 * sr::arch::ratio_of(inside, 49)) == inside);
  }
}
