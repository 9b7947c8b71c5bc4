#include "data/pair_check.h"

#include <fmt/format.h>

#include "data/probe_cache.h"
#include "data/test_images.h"
#include "support/catch.h"

namespace sr {

TEST_CASE("findings keep the order of the pairs although threads check them", "[data]") {
  const test::TempFolder folder;
  std::vector<ImagePair> pairs;
  for (int i = 0; i < 60; ++i) {
    ImagePair pair;
    pair.gt = i % 3 == 0 ? folder / fmt::format("missing{:02}.png", i) : folder / "good.png";
    pairs.push_back(pair);
  }
  test::write_gray(folder / "good.png", 9, 8);
  const PairFindings findings = check_pairs(pairs, {.scale = 2, .training = true});
  REQUIRE(findings.problems.size() == 20);
  for (std::size_t i = 0; i < 20; ++i) {
    CHECK(test::contains(findings.problems[i], fmt::format("missing{:02}.png: ", 3 * i)));
  }
  CHECK(pairs[0].lq_width == 0);
  CHECK(pairs[1].lq_width == 4);
}

TEST_CASE("both files of a pair are judged", "[data]") {
  const test::TempFolder folder;
  std::vector<ImagePair> pairs(1);
  pairs[0].gt = folder.write("gt.png", "no image");
  pairs[0].lq = folder.write("lq.png", "");
  CHECK(check_pairs(pairs, {}).problems.size() == 2);
}

TEST_CASE("progress counts the files of pairs and ends with all of them", "[data]") {
  const test::TempFolder folder;
  test::write_gray(folder / "gt.png", 4, 4);
  test::write_gray(folder / "lq.png", 2, 2);
  std::vector<ImagePair> pairs(30);
  for (ImagePair& pair : pairs) {
    pair.gt = folder / "gt.png";
    pair.lq = folder / "lq.png";
  }
  pairs[7].lq = folder / "missing.png";  // counts as looked at
  pairs[8].lq.clear();
  std::size_t last = 0;
  std::size_t total = 0;
  const auto listener = [&](std::size_t done, std::size_t of) {
    last = done;
    total = of;
  };
  check_pairs(pairs, {.preflight = {.progress = listener}});
  CHECK(total == 59);
  CHECK(last == 59);
}

TEST_CASE("images of other colours than sRGB are counted by profile, once", "[data]") {
  const test::TempFolder folder;
  ProbeCache cache("");
  std::vector<ImagePair> pairs(4);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    pairs[i].gt = folder.write(std::to_string(i) + ".png", "known already");
    cache.store(pairs[i].gt.string(), {.width = 8,
                                       .height = 8,
                                       .note = i == 0  ? ""
                                               : i < 3 ? "Display P3"
                                                       : "Adobe RGB (1998)"});
  }
  const PairFindings findings =
      check_pairs(pairs, {.scale = 2, .training = true, .preflight = {.cache = &cache}});
  CHECK(findings.problems.empty());
  REQUIRE(findings.warnings.size() == 1);
  CHECK(
      findings.warnings[0] ==
      "3 images are of other colours than sRGB, taken as if they were sRGB: Adobe RGB (1998) (1), "
      "Display P3 (2); such as " +
          pairs[1].gt.string());
}

}  // namespace sr
