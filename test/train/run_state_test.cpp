#include "train/run_state.h"

#include <cmath>

#include "core/error.h"
#include "support/catch.h"

using sr::MetricConfig;
using sr::RunState;
using sr::SavedRun;

namespace {

MetricConfig metric(const char* key, bool higher_is_better) {
  MetricConfig config;
  config.key = key;
  config.higher_is_better = higher_is_better;
  return config;
}

}  // namespace

TEST_CASE("a run state survives its JSON text unchanged", "[train]") {
  SavedRun run;
  run.size = {{56, 12}, 3};
  run.adjustments = 4;
  run.ramp = {0.1, 1.0 / 3.0, 100};
  RunState& state = run.state;
  state.step = 123;
  state.cursor = (1ULL << 60) + 7;
  state.pixels = (1LL << 55) + 1;
  state.seconds = 3600.1234567890123;
  state.best = {{"val/psnr", 30.123456789012345}};
  state.best_rules = {{"val/psnr", "calculate_psnr"}};
  state.best_score = 30.123456789012345;
  state.best_rule = "val/psnr: calculate_psnr";
  state.validation_tile = 256;
  const auto text = sr::to_json(run).dump();
  CHECK(sr::saved_run_from_json(nlohmann::ordered_json::parse(text)) == run);
  CHECK(sr::saved_run_from_json(nlohmann::ordered_json::parse(sr::to_json(SavedRun{}).dump())) ==
        SavedRun{});
}

TEST_CASE("a run state with a missing field is a checkpoint error", "[train]") {
  auto json = sr::to_json(SavedRun{});
  json.erase("cursor");
  CHECK_THROWS_AS(sr::saved_run_from_json(json), sr::CheckpointError);
}

TEST_CASE("a state from before rules were kept still loads", "[train]") {
  auto json = sr::to_json(SavedRun{});
  json["best"] = {{"val/psnr", 30.0}};
  json["best_score"] = 30.0;
  json.erase("best_rule");
  json.erase("best_rules");
  const RunState state = sr::saved_run_from_json(json).state;
  CHECK(state.best_score == 30.0);
  CHECK(state.best_rule.empty());
}

TEST_CASE("a state from before pixels and time were counted still loads", "[train]") {
  auto json = sr::to_json(SavedRun{});
  json.erase("pixels");
  json.erase("seconds");
  CHECK(sr::saved_run_from_json(json) == SavedRun{});
}

TEST_CASE("a forged run state is a checkpoint error that names the field", "[train]") {
  struct Forged {
    const char* field;
    nlohmann::ordered_json value;
  };
  for (const Forged& forged : std::vector<Forged>{{"step", 1e308},
                                                  {"step", 5.5},
                                                  {"step", -1},
                                                  {"step", "5"},
                                                  {"step", std::uint64_t{1} << 63U},
                                                  {"cursor", -1},
                                                  {"pixels", -1},
                                                  {"seconds", -1},
                                                  {"seconds", 1e300},
                                                  {"cursor", ~std::uint64_t{0}},
                                                  {"lq_size", std::int64_t{1} << 40},
                                                  {"lq_size", -8},
                                                  {"batch_size", 1e9},
                                                  {"micro_batch", nullptr},
                                                  {"ramp_to", 1e308},
                                                  {"ramp_from", 0},
                                                  {"ramp_start", -1},
                                                  {"validated_step", 7},
                                                  {"validation_tile", 1 << 20},
                                                  {"best", 5},
                                                  {"best", {{"a", "x"}}},
                                                  {"best_score", true},
                                                  {"best_rule", 5},
                                                  {"best_rules", {{"a", 1}}}}) {
    auto json = sr::to_json(SavedRun{});
    json[forged.field] = forged.value;
    INFO(forged.field << " " << forged.value.dump());
    CHECK_THROWS_AS(sr::saved_run_from_json(json), sr::CheckpointError);
  }
  auto json = sr::to_json(SavedRun{});
  json["step"] = 1e308;
  CHECK_THROWS_WITH(sr::saved_run_from_json(json),
                    "training state: run/step is no integer, or too large");
}

TEST_CASE("the best value of each set and metric is kept", "[train]") {
  RunState state;
  const std::vector<MetricConfig> metrics{metric("psnr", true), metric("lpips", false)};
  state.record_scores("a", {{"psnr", 30.0}, {"lpips", 0.3}}, metrics);
  state.record_scores("b", {{"psnr", 40.0}, {"lpips", 0.9}}, metrics);
  state.record_scores("a", {{"psnr", 29.0}, {"lpips", 0.2}}, metrics);
  CHECK(state.best == std::map<std::string, double>{
                          {"a/psnr", 30}, {"a/lpips", 0.2}, {"b/psnr", 40}, {"b/lpips", 0.9}});
  CHECK_FALSE(state.best_score);  // that is the file's
}

TEST_CASE("a score is the best by the direction of its metric", "[train]") {
  RunState state;
  CHECK(state.is_best(-5, true));
  CHECK(state.is_best(-5, false));
  state.best_score = 30;
  CHECK(state.is_best(30.1, true));
  CHECK_FALSE(state.is_best(30, true));
  CHECK_FALSE(state.is_best(29.9, true));
  CHECK(state.is_best(29.9, false));
  CHECK_FALSE(state.is_best(30, false));
}

TEST_CASE("a score that is not finite is never the best and enters nothing", "[train]") {
  RunState state;
  for (const double score : {std::nan(""), HUGE_VAL, -HUGE_VAL}) {
    CHECK_FALSE(state.is_best(score, true));
    CHECK_FALSE(state.is_best(score, false));
    state.record_scores("a", {{"psnr", score}}, {metric("psnr", true)});
  }
  CHECK(state.best.empty());
}

TEST_CASE("best values that are measured in another way from now on are dropped", "[train]") {
  RunState state;
  state.best = {{"a/psnr", 30}, {"a/ssim", 0.9}, {"old/psnr", 20}, {"b/psnr", 25}};
  state.best_rules = {{"a/psnr", "rgb"}, {"a/ssim", "y"}, {"old/psnr", "y"}};
  state.use_rules({{"a/psnr", "y"}, {"a/ssim", "y"}, {"b/psnr", "y"}});
  CHECK(state.best ==
        std::map<std::string, double>{{"a/ssim", 0.9}, {"old/psnr", 20}, {"b/psnr", 25}});
  CHECK(state.best_rules.at("a/psnr") == "y");
}
