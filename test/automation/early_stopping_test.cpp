#include "automation/early_stopping.h"

#include <limits>

#include "automation/simulated_losses.h"
#include "core/error.h"
#include "support/catch.h"

namespace {

using sr::EarlyStoppingSettings;
using sr::IntelligentEarlyStopping;

constexpr sr::TrainingSize kSize{32, 4};
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

EarlyStoppingSettings short_settings() {
  EarlyStoppingSettings settings;
  settings.patience = 200;
  settings.min_iterations = 100;
  settings.warmup_iterations = 0;
  return settings;
}

}  // namespace

TEST_CASE("a metric that stays ends the run after patience and three validations", "[automation]") {
  EarlyStoppingSettings settings = short_settings();
  settings.patience = GENERATE(100, 200);
  settings.higher_is_better = GENERATE(true, false);
  IntelligentEarlyStopping stopping(settings);
  for (int i = 1; i <= 10; ++i) {
    const auto decision = stopping.validated({i * 50, 30, kSize, false});
    const bool due = (i - 1) * 50 >= std::max<std::int64_t>(150, settings.patience);
    INFO(i << ": " << decision.reason);
    REQUIRE(decision.stop == due);
    REQUIRE(stopping.stopped().has_value() == due);
    if (due) {
      CHECK(decision.best == 30);
      CHECK(decision.best_step == 50);
      break;
    }
  }
}

TEST_CASE("an improvement counts from min_improvement on and in the metric's own direction",
          "[automation]") {
  EarlyStoppingSettings settings = short_settings();
  settings.min_improvement = 0.5;
  settings.higher_is_better = GENERATE(true, false);
  const double sign = settings.higher_is_better ? 1 : -1;
  IntelligentEarlyStopping stopping(settings);
  stopping.validated({100, 30, kSize, false});
  CHECK(stopping.validated({200, 30 + sign * 0.25, kSize, false}).steps_waited == 100);
  const auto improved = stopping.validated({300, 30 + sign * 0.5, kSize, false});
  CHECK(improved.steps_waited == 0);
  CHECK(improved.best == 30 + sign * 0.5);
  CHECK(stopping.validated({400, 30 - sign, kSize, false}).steps_waited == 100);
}

TEST_CASE("with min_improvement 0 an equal value is no improvement", "[automation]") {
  EarlyStoppingSettings settings = short_settings();
  settings.min_improvement = 0;
  IntelligentEarlyStopping stopping(settings);
  stopping.validated({100, 30, kSize, false});
  CHECK(stopping.validated({200, 30, kSize, false}).validations_waited == 1);
}

TEST_CASE("nothing ends before min_iterations and nothing counts before the warm-up is over",
          "[automation]") {
  EarlyStoppingSettings settings = short_settings();
  settings.min_iterations = GENERATE(0, 900);
  settings.warmup_iterations = 400;
  IntelligentEarlyStopping stopping(settings);
  std::int64_t stopped_at = 0;
  for (int step = 100; step <= 2000 && stopped_at == 0; step += 100) {
    stopped_at = stopping.validated({step, 30, kSize, false}).stop ? step : 0;
  }
  CHECK(stopped_at == std::max<std::int64_t>(800, settings.min_iterations));
}

TEST_CASE("a value of the warm-up is not the best", "[automation]") {
  EarlyStoppingSettings settings = short_settings();
  settings.warmup_iterations = 200;
  IntelligentEarlyStopping stopping(settings);
  for (const int step : {100, 200}) {
    CHECK(stopping.validated({step, 40, kSize, false}).best_step == 0);
  }
  for (int step = 300; step <= 1000; step += 100) {
    const auto decision = stopping.validated({step, 30 + step / 100.0, kSize, false});
    CHECK(decision.reason == "improved");
    CHECK(decision.best == decision.value);
    CHECK(decision.best_step == step);
  }
}

TEST_CASE("patience does not run while sizes grow", "[automation]") {
  IntelligentEarlyStopping stopping(short_settings());
  for (int step = 100; step <= 1000; step += 100) {
    const auto decision = stopping.validated({step, 30, kSize, true});
    CHECK_FALSE(decision.stop);
    CHECK(decision.steps_waited == 0);
    CHECK(decision.growing);
  }
  CHECK_FALSE(stopping.validated({1100, 30, kSize, false}).stop);
  CHECK_FALSE(stopping.validated({1200, 30, kSize, false}).stop);
  CHECK(stopping.validated({1300, 30, kSize, false}).stop);
}

TEST_CASE("a metric that is not a number is no improvement", "[automation]") {
  IntelligentEarlyStopping stopping(short_settings());
  for (int step = 100; step <= 400; step += 100) {
    const auto decision = stopping.validated({step, kNan, kSize, false});
    CHECK(decision.steps_waited == step);
    CHECK(decision.stop == (step >= 300));
  }
}

TEST_CASE("a metric that becomes worse while the loss falls is overfitting", "[automation]") {
  EarlyStoppingSettings settings = short_settings();
  settings.patience = 1'000'000;
  settings.higher_is_better = GENERATE(true, false);
  const double sign = settings.higher_is_better ? 1 : -1;
  const double fall = GENERATE(0.0, 0.00004, 0.01);
  const double worse = GENERATE(0.0, 0.01);
  CAPTURE(fall, worse, sign);
  IntelligentEarlyStopping stopping(settings);
  sr::test::Noise noise(1);
  int stopped_at = 0;
  for (int i = 1; i <= 10; ++i) {
    for (int step = 0; step < 20; ++step) {
      stopping.add(1 - fall * i + 0.00001 * noise.next());
    }
    const auto decision = stopping.validated(
        {i * 100, sign * (30 - worse * i + 0.0005 * noise.next()), kSize, false});
    stopped_at = decision.stop ? i : 0;
  }
  // 0.04 % over ten validations is less than convergence_threshold.
  CHECK(stopped_at == (fall > 0.001 && worse > 0 ? 10 : 0));
}

TEST_CASE("a change of size starts the trends over", "[automation]") {
  EarlyStoppingSettings settings = short_settings();
  settings.patience = 1'000'000;
  IntelligentEarlyStopping stopping(settings);
  sr::StopDecision last;
  for (int i = 1; i <= 14; ++i) {
    stopping.add(1 - 0.01 * i);
    last =
        stopping.validated({i * 100, 30 - 0.1 * i, i < 5 ? kSize : sr::TrainingSize{48, 4}, false});
    CHECK_FALSE(last.stop);
  }
  CHECK(last.trend_points == 9);
}

TEST_CASE("saving and loading early stopping between any two validations changes nothing",
          "[automation]") {
  IntelligentEarlyStopping whole(short_settings());
  IntelligentEarlyStopping resumed(short_settings());
  sr::test::Noise noise(2);
  for (int i = 1; i <= 30; ++i) {
    const double loss = 1 + 0.1 * noise.next();
    const double metric = 30 + noise.next();
    for (auto* stopping : {&whole, &resumed}) {
      stopping->add(loss);
      stopping->validated({i * 10, metric, kSize, i % 7 == 0});
    }
    IntelligentEarlyStopping next(short_settings());
    next.restore(sr::Json::parse(resumed.state().dump()));
    resumed = next;
    REQUIRE(resumed.state() == whole.state());
  }
}

TEST_CASE("a stopped run stays stopped unless its settings were edited", "[automation]") {
  IntelligentEarlyStopping stopping(short_settings());
  for (int step = 100; step <= 400; step += 100) {
    stopping.validated({step, 30, kSize, false});
  }
  REQUIRE(stopping.stopped());
  IntelligentEarlyStopping same(short_settings());
  same.restore(stopping.state());
  CHECK(same.stopped() == stopping.stopped());
  EarlyStoppingSettings longer = short_settings();
  longer.patience = 1000;
  IntelligentEarlyStopping edited(longer);
  edited.restore(stopping.state());
  CHECK_FALSE(edited.stopped());
  CHECK(edited.validated({500, 30, kSize, false}).steps_waited == 400);
  CHECK_THROWS_AS(edited.restore(sr::Json::object()), sr::CheckpointError);
}
