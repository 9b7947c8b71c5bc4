#include "train/best_score.h"

#include "support/catch.h"

using sr::BestDecision;
using sr::BestFile;
using sr::BestRecord;
using sr::decide_best;
using sr::RunState;

namespace {

const std::string kRule = "val/psnr: calculate_psnr";

/// At step 1000, with the best score of 30 so far.
RunState state() {
  RunState state;
  state.step = 1000;
  state.best_score = 30;
  state.best_rule = kRule;
  return state;
}

std::optional<BestFile> file(const BestRecord& record) {
  return BestFile{"models/net_g_best.safetensors", record};
}

}  // namespace

TEST_CASE("a score counts only with the weights that have it", "[train]") {
  const BestDecision decision = decide_best(state(), std::nullopt, kRule, false);
  CHECK_FALSE(decision.score);
  CHECK_FALSE(decision.put_aside);
  CHECK_THAT(decision.warning, Catch::Contains("not in this folder"));
  CHECK(decide_best(RunState{}, std::nullopt, kRule, false).warning.empty());
}

TEST_CASE("the file says what it holds, not the state", "[train]") {
  // An error between scoring and writing: the state knows a score that no file has.
  const BestDecision older = decide_best(state(), file({kRule, 29, 500}), kRule, false);
  CHECK(older.score == 29);
  CHECK_FALSE(older.put_aside);
  CHECK(older.warning.empty());
}

TEST_CASE("a kill after a better score was written does not lose it", "[train]") {
  const BestDecision decision = decide_best(state(), file({kRule, 31, 1500}), kRule, false);
  CHECK(decision.score == 31);
  CHECK_FALSE(decision.put_aside);
}

TEST_CASE("back at an older state the later best is kept elsewhere and one begins anew",
          "[train]") {
  const BestDecision later = decide_best(state(), file({kRule, 31, 1500}), kRule, true);
  CHECK_FALSE(later.score);
  CHECK(later.put_aside);
  CHECK_THAT(later.warning, Catch::Contains("31.0000") && Catch::Contains("step 1500"));
  const BestDecision before = decide_best(state(), file({kRule, 30, 900}), kRule, true);
  CHECK(before.score == 30);
  CHECK_FALSE(before.put_aside);
}

TEST_CASE("scores of two metrics or two sets are never compared", "[train]") {
  for (const bool back : {false, true}) {
    const BestDecision decision =
        decide_best(state(), file({"val/ssim: calculate_ssim", 0.9, 900}), kRule, back);
    CHECK_FALSE(decision.score);
    CHECK(decision.put_aside);
    CHECK_THAT(decision.warning, Catch::Contains("another metric or other images (val/ssim"));
  }
}

TEST_CASE("a file of an earlier version is as good as the state says", "[train]") {
  const std::optional<BestFile> old = BestFile{"models/net_g_best.safetensors", std::nullopt};
  RunState before = state();
  before.best_rule.clear();
  CHECK(decide_best(before, old, kRule, false).score == 30);
  CHECK_FALSE(decide_best(before, old, kRule, false).put_aside);

  CHECK(decide_best(before, old, kRule, true).put_aside);  // it may be of a later step
  before.best_rule = "val/ssim: calculate_ssim";
  CHECK(decide_best(before, old, kRule, false).put_aside);
  before.best_score.reset();
  CHECK(decide_best(before, old, kRule, false).put_aside);
}

TEST_CASE("without a validation all stays as it is", "[train]") {
  const BestDecision decision = decide_best(state(), file({kRule, 31, 1500}), "", true);
  CHECK(decision.score == 30);
  CHECK_FALSE(decision.put_aside);
}
