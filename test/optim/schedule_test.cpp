#include "optim/schedule.h"

#include <fstream>
#include <map>
#include <string>

#include "core/error.h"
#include "support/catch.h"

namespace {

constexpr double kBase = 2e-4;

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
    REQUIRE(sr::Schedule(configs.at(name), kBase).at(step) ==
            Approx(rate).epsilon(1e-8).margin(1e-15));
    ++lines;
  }
  REQUIRE(lines == 64);
}

TEST_CASE("CosineAnnealingLR without T_max ends with the run", "[optim]") {
  sr::TrainConfig config;
  config.total_iter = 500;
  config.scheduler.type = "CosineAnnealingLR";
  config.scheduler.eta_min = 1e-6;
  const sr::Schedule schedule(config, kBase);
  REQUIRE(schedule.at(250) == Approx((kBase + 1e-6) / 2));
  REQUIRE(schedule.at(500) == Approx(1e-6));
}

TEST_CASE("ConstantLR holds the base rate and warms up like the others", "[optim]") {
  sr::TrainConfig config;
  config.scheduler.type = "ConstantLR";
  config.warmup_iter = 4;
  const sr::Schedule schedule(config, kBase);
  REQUIRE(schedule.at(0) == Approx(kBase / 4));
  REQUIRE(schedule.at(2) == Approx(kBase * 3 / 4));
  REQUIRE(schedule.at(3) == kBase);
  REQUIRE(schedule.at(1000000) == kBase);
}

TEST_CASE("A scheduler of another type is a configuration error that names the known ones",
          "[optim]") {
  sr::TrainConfig config;
  config.scheduler.type = "OneCycleLR";
  std::string message;
  try {
    const sr::Schedule schedule(config, kBase);
  } catch (const sr::ConfigError& error) {
    message = error.what();
  }
  REQUIRE(message.find("OneCycleLR") != std::string::npos);
  REQUIRE(message.find("ConstantLR") != std::string::npos);
}
