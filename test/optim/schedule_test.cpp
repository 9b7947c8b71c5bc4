#include "optim/schedule.h"

#include <fstream>
#include <map>
#include <string>

#include "core/error.h"
#include "support/catch.h"

namespace {

constexpr double kBase = 2e-4;

sr::Schedule schedule_of(const sr::TrainConfig& config, const std::string& optimizer = "AdamW") {
  sr::OptimizerConfig settings;
  settings.type = optimizer;
  settings.lr = kBase;
  return {config, settings};
}

void add_simple_configs(std::map<std::string, sr::TrainConfig>& configs) {
  sr::TrainConfig& polynomial = configs["polynomial"];
  polynomial.total_iter = 60;
  polynomial.scheduler.type = "PolynomialLR";
  polynomial.scheduler.power = 1.5;
  sr::TrainConfig& cycle = configs["one_cycle"];
  cycle.total_iter = 101;
  cycle.scheduler.type = "OneCycleLR";
  cycle.scheduler.max_lr = 1e-3;
  sr::TrainConfig& three = configs["one_cycle_linear"];
  three.total_iter = 7;
  three.scheduler.type = "OneCycleLR";
  three.scheduler.total_steps = 101;
  three.scheduler.pct_start = 0.25;
  three.scheduler.anneal_strategy = sr::Annealing::kLinear;
  three.scheduler.div_factor = 10;
  three.scheduler.final_div_factor = 100;
  three.scheduler.three_phase = true;
  sr::TrainConfig& stable = configs["stable_decay"];
  stable.total_iter = 100;
  stable.scheduler.type = "WarmupStableDecay";
  stable.scheduler.decay_iter = 40;
  stable.scheduler.eta_min = 1e-6;
  sr::TrainConfig& steps = configs["step"];
  steps.scheduler.type = "StepLR";
  steps.scheduler.step_size = 20;
  steps.scheduler.gamma = 0.3;
  sr::TrainConfig& exponential = configs["exponential"];
  exponential.scheduler.type = "ExponentialLR";
  exponential.scheduler.gamma = 0.98;
  sr::TrainConfig& linear = configs["linear"];
  linear.scheduler.type = "LinearLR";
  linear.scheduler.start_factor = 0.25;
  linear.scheduler.end_factor = 0.9;
  linear.scheduler.total_iters = 40;
}

void add_redux_configs(std::map<std::string, sr::TrainConfig>& configs) {
  sr::TrainConfig& constant = configs["constant_factor"];
  constant.scheduler.type = "ConstantLR";
  constant.scheduler.factor = 0.25;
  constant.scheduler.total_iters = 20;
  sr::TrainConfig& cosine = configs["cosine_warmup"];
  cosine.scheduler.type = "CosineAnnealingWarmupLR";
  cosine.scheduler.total_iters = 60;
  cosine.scheduler.warmup_iters = 10;
  const auto stable = [&](const std::string& name, sr::Cooldown cooldown, double ratio) {
    sr::SchedulerConfig& scheduler = configs[name].scheduler;
    scheduler.type = "WarmupStableDecayLR";
    scheduler.num_warmup_steps = 10;
    scheduler.num_stable_steps = 20;
    scheduler.num_decay_steps = 30;
    scheduler.cooldown_type = cooldown;
    scheduler.min_lr_ratio = ratio;
  };
  stable("wsd_cosine", sr::Cooldown::kCosine, 0.05);
  configs["wsd_cosine"].scheduler.num_cycles = 1.5;
  stable("wsd_sqrt", sr::Cooldown::kOneMinusSqrt, 0.05);
  stable("wsd_linear", sr::Cooldown::kLinear, 0);
  stable("wsd_square", sr::Cooldown::kOneMinusSquare, 0.2);
}

/// The configurations behind scripts/golden/schedules.py.
std::map<std::string, sr::TrainConfig> golden_configs() {
  std::map<std::string, sr::TrainConfig> configs;
  sr::TrainConfig& multi = configs["multi"];
  multi.scheduler.type = "MultiStepLR";
  multi.scheduler.milestones = {10, 20, 20, 40};
  multi.scheduler.gamma = 0.5;
  configs["multi_warm"] = multi;
  configs["multi_warm"].warmup_iter = 20;
  sr::TrainConfig& cosine = configs["cosine"];
  cosine.scheduler.type = "CosineAnnealingLR";
  cosine.scheduler.t_max = 60;
  cosine.scheduler.eta_min = 1e-6;
  sr::TrainConfig& restart = configs["restart"];
  restart.scheduler.type = "CosineAnnealingRestartLR";
  restart.scheduler.periods = {20, 40};
  restart.scheduler.restart_weights = {1, 0.5};
  restart.scheduler.eta_min = 1e-7;
  sr::TrainConfig& multi_restart = configs["multi_restart"];
  multi_restart.scheduler.type = "MultiStepRestartLR";
  multi_restart.scheduler.milestones = {5, 10, 20, 35, 60};
  multi_restart.scheduler.restarts = {0, 20, 40};
  multi_restart.scheduler.restart_weights = {1, 0.5, 0.25};
  sr::TrainConfig& warm_restarts = configs["warm_restarts"];
  warm_restarts.scheduler.type = "CosineAnnealingWarmRestarts";
  warm_restarts.scheduler.t_0 = 10;
  warm_restarts.scheduler.t_mult = 2;
  warm_restarts.scheduler.eta_min = 1e-6;
  sr::TrainConfig& even = configs["warm_restarts_even"];
  even.scheduler.type = "CosineAnnealingWarmRestarts";
  even.scheduler.t_0 = 20;
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
    REQUIRE(schedule_of(configs.at(name)).at(step) == Approx(rate).epsilon(1e-12).margin(1e-17));
    ++lines;
  }
  REQUIRE(lines == 320);
}

TEST_CASE("CosineAnnealingLR without T_max ends with the run", "[optim]") {
  sr::TrainConfig config;
  config.total_iter = 500;
  config.scheduler.type = "CosineAnnealingLR";
  config.scheduler.eta_min = 1e-6;
  const sr::Schedule schedule = schedule_of(config);
  REQUIRE(schedule.at(250) == Approx((kBase + 1e-6) / 2));
  REQUIRE(schedule.at(500) == Approx(1e-6));
}

TEST_CASE("ConstantLR holds the base rate and warms up like the others", "[optim]") {
  sr::TrainConfig config;
  config.scheduler.type = "ConstantLR";
  config.warmup_iter = 4;
  const sr::Schedule schedule = schedule_of(config);
  REQUIRE(schedule.at(0) == Approx(kBase / 4));
  REQUIRE(schedule.at(2) == Approx(kBase * 3 / 4));
  REQUIRE(schedule.at(3) == kBase);
  REQUIRE(schedule.at(1000000) == kBase);
}

TEST_CASE("A scheduler of another type is a configuration error that names the known ones",
          "[optim]") {
  sr::TrainConfig config;
  config.scheduler.type = "CyclicLR";
  std::string message;
  try {
    const sr::Schedule schedule = schedule_of(config);
  } catch (const sr::ConfigError& error) {
    message = error.what();
  }
  REQUIRE(message.find("CyclicLR") != std::string::npos);
  REQUIRE(message.find("ConstantLR") != std::string::npos);
}

TEST_CASE("An optimizer that averages by itself is only warmed up", "[optim]") {
  sr::TrainConfig config;
  config.total_iter = 100;
  config.warmup_iter = 4;
  config.scheduler.type = "CosineAnnealingLR";
  const sr::Schedule schedule = schedule_of(config, "AdamWScheduleFree");
  REQUIRE(schedule.at(1) == Approx(kBase / 2));
  REQUIRE(schedule.at(99) == kBase);
}

TEST_CASE("Schedules without a length of their own end with the run and stay there", "[optim]") {
  sr::TrainConfig config;
  config.total_iter = 200;
  config.scheduler.type = "PolynomialLR";
  REQUIRE(schedule_of(config).at(100) == Approx(kBase / 2));
  REQUIRE(schedule_of(config).at(300) == 0);
  config.scheduler.type = "WarmupStableDecay";
  REQUIRE(schedule_of(config).at(180) == kBase);
  REQUIRE(schedule_of(config).at(190) == Approx(kBase / 2));
  REQUIRE(schedule_of(config).at(300) == 0);
  config.scheduler.type = "OneCycleLR";
  REQUIRE(schedule_of(config).at(59) == Approx(kBase));
  REQUIRE(schedule_of(config).at(300) == Approx(kBase / 25e4));
}
