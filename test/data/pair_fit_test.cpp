#include "data/pair_fit.h"

#include "support/catch.h"

namespace sr {
namespace {

Fit fit(Sides gt, Sides lq, bool may_crop) {
  return fit_pair({"gt", "lq", gt, lq}, 2, may_crop);
}

}  // namespace

TEST_CASE("a GT of exactly LQ x scale is used as it is", "[data]") {
  const Fit exact = fit({20, 10}, {10, 5}, false);
  CHECK(exact.lq == Sides{10, 5});
  CHECK(exact.problem.empty());
  CHECK(exact.cropped.empty());
}

TEST_CASE("a GT that is no multiple is cropped only where that is allowed", "[data]") {
  CHECK(fit({21, 25}, {10, 10}, true).lq == Sides{10, 10});
  CHECK(fit({21, 25}, {10, 10}, true).cropped == "gt (21x25 to 20x20)");
  CHECK(fit({21, 25}, {10, 10}, false).problem ==
        "gt: GT is 21x25 but LQ lq is 10x10, which needs 20x20 at x2");
  CHECK(fit({41, 39}, {21, 20}, true).lq == Sides{20, 19});
}

TEST_CASE("a pair of another scale is a problem that says which", "[data]") {
  CHECK(fit({40, 40}, {10, 10}, true).problem ==
        "gt: GT is 40x40 but LQ lq is 10x10, which needs 20x20 at x2: the pair is x4, not x2");
  CHECK(fit({40, 40}, {10, 10}, true).lq == Sides{});
}

TEST_CASE("folders that were exchanged are suspected", "[data]") {
  CHECK(fit({10, 5}, {20, 10}, true).problem ==
        "gt: GT is 10x5 but LQ lq is 20x10, which needs 40x20 at x2; are dataroot_gt and "
        "dataroot_lq exchanged?");
}

TEST_CASE("a GT alone is cropped to a multiple of the scale", "[data]") {
  CHECK(fit_single("gt", {41, 30}, 4).lq == Sides{10, 7});
  CHECK(fit_single("gt", {41, 30}, 4).cropped == "gt (41x30)");
  CHECK(fit_single("gt", {40, 28}, 4).cropped.empty());
  CHECK(fit_single("gt", {40, 3}, 4).problem == "gt: 40x3 pixels are too few for x4");
}

}  // namespace sr
