#include "optim/schedule.h"

#include <fstream>
#include <map>
#include <string>

#include "support/catch.h"
#include "support/optimizers.h"

namespace {

using namespace sr::recipe;

constexpr double kBase = 2e-4;

sr::Schedule schedule_of(const sr::TrainConfig& config, const std::string& optimizer = "AdamW") {
  sr::OptimizerConfig settings = sr::test::optimizer_named(optimizer);
  settings.lr = kBase;
  return {config, settings};
}

template <typename O>
sr::TrainConfig with(O schedule, std::int64_t total_iter = 0) {
  sr::TrainConfig config;
  config.total_iter = total_iter;
  config.scheduler = sr::test::schedule_of(std::move(schedule));
  return config;
}

void add_simple_configs(std::map<std::string, sr::TrainConfig>& configs) {
  configs["polynomial"] = with(PolynomialOptions{.power = 1.5}, 60);
  configs["one_cycle"] = with(OneCycleOptions{.max_lr = 1e-3}, 101);
  configs["one_cycle_linear"] = with(OneCycleOptions{.total_steps = 101,
                                                     .pct_start = 0.25,
                                                     .anneal_strategy = Annealing::kLinear,
                                                     .div_factor = 10,
                                                     .final_div_factor = 100,
                                                     .three_phase = true},
                                     7);
  configs["stable_decay"] = with(StableDecayOptions{.eta_min = 1e-6, .decay_iter = 40}, 100);
  configs["step"] = with(StepOptions{.gamma = 0.3, .step_size = 20});
  configs["exponential"] = with(ExponentialOptions{.gamma = 0.98});
  configs["linear"] =
      with(LinearOptions{.total_iters = 40, .start_factor = 0.25, .end_factor = 0.9});
}

void add_redux_configs(std::map<std::string, sr::TrainConfig>& configs) {
  configs["constant_factor"] = with(ConstantOptions{.total_iters = 20, .factor = 0.25});
  configs["cosine_warmup"] = with(CosineWarmupOptions{.total_iters = 60, .warmup_iters = 10});
  const auto stable = [&](const std::string& name, Cooldown cooldown, double ratio,
                          double cycles = 0.5) {
    configs[name] = with(WarmupStableDecayOptions{.num_warmup_steps = 10,
                                                  .num_stable_steps = 20,
                                                  .num_decay_steps = 30,
                                                  .min_lr_ratio = ratio,
                                                  .num_cycles = cycles,
                                                  .cooldown_type = cooldown});
  };
  stable("wsd_cosine", Cooldown::kCosine, 0.05, 1.5);
  stable("wsd_sqrt", Cooldown::kOneMinusSqrt, 0.05);
  stable("wsd_linear", Cooldown::kLinear, 0);
  stable("wsd_square", Cooldown::kOneMinusSquare, 0.2);
  configs["knee"] = with(KneeOptions{.explore_ratio = 0.4}, 61);
  CyclicOptions cyclic{.base_lr = 1e-5, .max_lr = 1e-3, .step_size_up = 9};
  configs["cyclic_triangular"] = with(cyclic);
  cyclic.step_size_down = 11;
  cyclic.mode = CycleHeights::kTriangular2;
  configs["cyclic_triangular2"] = with(cyclic);
  cyclic.step_size_down = 4;
  cyclic.mode = CycleHeights::kExpRange;
  cyclic.gamma = 0.97;
  configs["cyclic_exp_range"] = with(cyclic);
}

/// The configurations behind scripts/golden/schedules.py.
std::map<std::string, sr::TrainConfig> golden_configs() {
  std::map<std::string, sr::TrainConfig> configs;
  configs["multi"] = with(MultiStepOptions{.milestones = {10, 20, 20, 40}, .gamma = 0.5});
  configs["multi_warm"] = configs["multi"];
  configs["multi_warm"].warmup_iter = 20;
  configs["cosine"] = with(CosineOptions{.t_max = 60, .eta_min = 1e-6});
  configs["restart"] =
      with(CosineRestartOptions{.periods = {20, 40}, .restart_weights = {1, 0.5}, .eta_min = 1e-7});
  configs["multi_restart"] = with(MultiStepRestartOptions{.milestones = {5, 10, 20, 35, 60},
                                                          .gamma = 0.5,
                                                          .restarts = {0, 20, 40},
                                                          .restart_weights = {1, 0.5, 0.25}});
  configs["warm_restarts"] = with(WarmRestartsOptions{.eta_min = 1e-6, .t_0 = 10, .t_mult = 2});
  configs["warm_restarts_even"] = with(WarmRestartsOptions{.t_0 = 20});
  add_simple_configs(configs);
  add_redux_configs(configs);
  return configs;
}

}  // namespace

TEST_CASE("Closed forms equal the rates of PyTorch's and BasicSR's schedulers", "[optim]") {
  const auto configs = golden_configs();
  std::ifstream golden(SR_SOURCE_DIR "/test/optim/schedules.txt");
  std::string name;
  std::int64_t step = 0;
  double rate = 0;
  int lines = 0;
  while (golden >> name >> step >> rate) {
    CAPTURE(name, step);
    REQUIRE(schedule_of(configs.at(name)).at(static_cast<double>(step)) ==
            Approx(rate).epsilon(1e-12).margin(1e-17));
    ++lines;
  }
  REQUIRE(lines == 384);
}

TEST_CASE("CosineAnnealingLR without T_max ends with the run", "[optim]") {
  const sr::Schedule schedule = schedule_of(with(CosineOptions{.eta_min = 1e-6}, 500));
  REQUIRE(schedule.at(250) == Approx((kBase + 1e-6) / 2));
  REQUIRE(schedule.at(500) == Approx(1e-6));
}

TEST_CASE("ConstantLR holds the base rate and warms up like the others", "[optim]") {
  sr::TrainConfig config = with(ConstantOptions{});
  config.warmup_iter = 4;
  const sr::Schedule schedule = schedule_of(config);
  REQUIRE(schedule.at(0) == Approx(kBase / 4));
  REQUIRE(schedule.at(2) == Approx(kBase * 3 / 4));
  REQUIRE(schedule.at(3) == kBase);
  REQUIRE(schedule.at(1000000) == kBase);
}

TEST_CASE("An optimizer that averages by itself is only warmed up", "[optim]") {
  sr::TrainConfig config = with(CosineOptions{}, 100);
  config.warmup_iter = 4;
  const sr::Schedule schedule = schedule_of(config, "AdamWScheduleFree");
  REQUIRE(schedule.at(1) == Approx(kBase / 2));
  REQUIRE(schedule.at(99) == kBase);
}

TEST_CASE("Schedules without a length of their own end with the run and stay there", "[optim]") {
  const sr::Schedule polynomial = schedule_of(with(PolynomialOptions{}, 200));
  REQUIRE(polynomial.at(100) == Approx(kBase / 2));
  REQUIRE(polynomial.at(300) == 0);
  const sr::Schedule stable = schedule_of(with(StableDecayOptions{}, 200));
  REQUIRE(stable.at(180) == kBase);
  REQUIRE(stable.at(190) == Approx(kBase / 2));
  REQUIRE(stable.at(300) == 0);
  const sr::Schedule cycle = schedule_of(with(OneCycleOptions{}, 200));
  REQUIRE(cycle.at(59) == Approx(kBase));
  REQUIRE(cycle.at(300) == Approx(kBase / 25e4));
}
