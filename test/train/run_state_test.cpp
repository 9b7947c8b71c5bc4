#include "train/run_state.h"

#include "core/error.h"
#include "support/catch.h"

using sr::MetricConfig;
using sr::RunState;

namespace {

MetricConfig metric(const char* key, bool higher_is_better) {
  MetricConfig config;
  config.key = key;
  config.higher_is_better = higher_is_better;
  return config;
}

}  // namespace

TEST_CASE("a run state survives its JSON text unchanged", "[train]") {
  RunState state;
  state.step = 123;
  state.cursor = (1ULL << 60) + 7;
  state.size = {56, 12};
  state.micro_batch = 3;
  state.ramp_from = 0.1;
  state.ramp_to = 1.0 / 3.0;
  state.best = {{"val/psnr", 30.123456789012345}};
  state.best_score = 30.123456789012345;
  state.validation_tile = 256;
  const auto text = sr::to_json(state).dump();
  CHECK(sr::run_state_from_json(nlohmann::ordered_json::parse(text)) == state);
  CHECK(sr::run_state_from_json(nlohmann::ordered_json::parse(sr::to_json(RunState{}).dump())) ==
        RunState{});
}

TEST_CASE("a run state with a missing field is a checkpoint error", "[train]") {
  auto json = sr::to_json(RunState{});
  json.erase("cursor");
  CHECK_THROWS_AS(sr::run_state_from_json(json), sr::CheckpointError);
}

TEST_CASE("the first metric of the first set decides what is best", "[train]") {
  RunState state;
  const std::vector<MetricConfig> metrics{metric("psnr", true), metric("ssim", true)};
  CHECK(state.record_scores("a", {{"psnr", 30.0}, {"ssim", 0.9}}, metrics, true));
  CHECK_FALSE(state.record_scores("b", {{"psnr", 40.0}, {"ssim", 0.9}}, metrics, false));
  CHECK_FALSE(state.record_scores("a", {{"psnr", 29.0}, {"ssim", 0.95}}, metrics, true));
  CHECK(state.best_score == 30.0);
  CHECK(state.best.at("a/ssim") == 0.95);
  CHECK(state.best.at("b/psnr") == 40.0);
}

TEST_CASE("a metric that is better when lower is kept at its lowest", "[train]") {
  RunState state;
  const std::vector<MetricConfig> metrics{metric("lpips", false)};
  CHECK(state.record_scores("a", {{"lpips", 0.3}}, metrics, true));
  CHECK_FALSE(state.record_scores("a", {{"lpips", 0.4}}, metrics, true));
  CHECK(state.record_scores("a", {{"lpips", 0.2}}, metrics, true));
  CHECK(state.best_score == 0.2);
}
