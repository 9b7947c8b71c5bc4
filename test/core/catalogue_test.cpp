#include "core/catalogue.h"

#include <string>
#include <vector>

#include "support/catch.h"

namespace {

struct Plain {
  int side = 3;
  friend bool operator==(const Plain&, const Plain&) = default;
  template <class Visitor>
  static void describe(Visitor&) {}
};

/// Of another row with the same description.
struct Other : Plain {};

struct NotDescribed {
  friend bool operator==(const NotDescribed&, const NotDescribed&) = default;
};

constexpr std::tuple kRows{sr::row<Plain>("plain", "three", "simple"),
                           sr::row<Other>("other", "like plain")};

}  // namespace

TEST_CASE("options are equal when they are of one row and have the same values", "[core]") {
  const sr::AnyOptions options = Plain{5};
  CHECK(options == Plain{5});
  CHECK_FALSE(options == Plain{});
  CHECK_FALSE(options == Other{{5}});
  CHECK_FALSE(options == sr::AnyOptions{});
  CHECK(sr::AnyOptions{} == sr::AnyOptions{});
}

TEST_CASE("only what describes itself is options", "[core]") {
  STATIC_REQUIRE(std::is_convertible_v<Plain, sr::AnyOptions>);
  STATIC_REQUIRE_FALSE(std::is_convertible_v<NotDescribed, sr::AnyOptions>);
  STATIC_REQUIRE_FALSE(std::is_convertible_v<int, sr::AnyOptions>);
}

TEST_CASE("a row's options are seen as what they are", "[core]") {
  const sr::AnyOptions options = Other{};
  CHECK(options.get_if<Plain>() == nullptr);
  CHECK(options.get<Other>().side == 3);
  std::vector<std::string> seen;
  sr::with_options(kRows, options, [&](const auto& own) {
    sr::for_each_row(kRows, [&]<typename O>(const sr::Row<O>& row) {
      if constexpr (std::is_same_v<O, std::remove_cvref_t<decltype(own)>>) {
        seen.emplace_back(row.type);
      }
    });
  });
  CHECK(seen == std::vector<std::string>{"other"});
}
