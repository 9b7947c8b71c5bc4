#include "automation/learning_rate_scheduler.h"

#include <limits>
#include <vector>

#include "automation/simulated_losses.h"
#include "core/error.h"
#include "support/catch.h"

namespace {

using sr::IntelligentLearningRateScheduler;
using sr::LearningRateSettings;
using sr::RateAction;

constexpr sr::TrainingSize kSize{32, 4};
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

LearningRateSettings short_settings() {
  LearningRateSettings settings;
  settings.plateau_patience = 100;
  return settings;
}

/// Feeds losses and asks every 10 steps.
template <typename Loss>
std::vector<sr::RateDecision> feed(IntelligentLearningRateScheduler& scheduler, int steps,
                                   Loss&& loss, sr::TrainingSize size = kSize) {
  std::vector<sr::RateDecision> decisions;
  for (int step = 1; step <= steps; ++step) {
    scheduler.add(loss(step), size);
    if (step % 10 != 0) {
      continue;
    }
    if (auto decision = scheduler.decide()) {
      decisions.push_back(*decision);
    }
  }
  return decisions;
}

}  // namespace

TEST_CASE("a loss that stays reduces the rate once per patience down to its bound",
          "[automation]") {
  IntelligentLearningRateScheduler scheduler(short_settings());
  const auto decisions = feed(scheduler, 1500, [](int) { return 0.25; });
  REQUIRE(decisions.size() == 15);
  double factor = 1;
  for (std::size_t i = 0; i < decisions.size(); ++i) {
    CHECK(decisions[i].cause == "plateau");
    CHECK(decisions[i].from == factor);
    factor = std::max(0.1, 0.8 * factor);
    CHECK(decisions[i].factor == Approx(factor));
    factor = decisions[i].factor;
  }
  CHECK(scheduler.factor() == 0.1);
  CHECK(decisions.back().action == RateAction::kHold);
  CHECK(decisions.back().reason.find("at its bound 0.1") != std::string::npos);
}

TEST_CASE("a falling loss raises the rate to its bound and not further", "[automation]") {
  LearningRateSettings settings = short_settings();
  settings.max_lr_factor = GENERATE(1.0, 1.25);
  IntelligentLearningRateScheduler scheduler(settings);
  const auto decisions = feed(scheduler, 1000, [](int step) { return 10.0 - 0.005 * step; });
  CHECK(scheduler.factor() == settings.max_lr_factor);
  CHECK(decisions.size() == (settings.max_lr_factor > 1 ? 3U : 0U));
  for (const auto& decision : decisions) {
    CHECK(decision.cause == "fall");
    CHECK(decision.action == RateAction::kRaise);
  }
}

TEST_CASE("a rate that was reduced is not raised by the fall that follows", "[automation]") {
  IntelligentLearningRateScheduler scheduler(short_settings());
  feed(scheduler, 100, [](int) { return 10.0; });
  REQUIRE(scheduler.factor() == 0.8);
  CHECK(feed(scheduler, 600, [](int step) { return 10.0 - 0.01 * step; }).empty());
  CHECK(scheduler.factor() == 0.8);
}

TEST_CASE("a rate that was raised and then reduced stays where it is above 1 too", "[automation]") {
  IntelligentLearningRateScheduler scheduler(short_settings());
  REQUIRE(feed(scheduler, 450, [](int step) { return 10.0 - 0.01 * step; }).size() == 4);
  const auto decisions = feed(scheduler, 200, [](int) { return 5.0; });
  REQUIRE(decisions.size() == 2);
  REQUIRE(decisions[0].cause == "fall");  // the history still holds 50 falling steps
  REQUIRE(decisions[1].cause == "plateau");
  const double reduced = scheduler.factor();
  REQUIRE(reduced == Approx(0.8 * 1.1 * 1.1 * 1.1 * 1.1 * 1.1));
  REQUIRE(reduced > 1);
  IntelligentLearningRateScheduler restored(short_settings());
  restored.restore(sr::Json::parse(scheduler.state().dump()));
  CHECK(feed(restored, 600, [](int step) { return 5.0 - 0.005 * step; }).empty());
  CHECK(restored.factor() == reduced);
}

TEST_CASE("a fall below the improvement threshold is none", "[automation]") {
  LearningRateSettings settings = short_settings();
  settings.improvement_threshold = GENERATE(0.001, 0.02);
  IntelligentLearningRateScheduler scheduler(settings);
  // 1 % in 100 steps.
  const auto decisions = feed(scheduler, 100, [](int step) { return 1.0 - 0.0001 * step; });
  REQUIRE(decisions.size() == 1);
  CHECK(decisions[0].action ==
        (settings.improvement_threshold < 0.01 ? RateAction::kRaise : RateAction::kReduce));
}

TEST_CASE("a loss that shoots up halves the rate", "[automation]") {
  LearningRateSettings settings;
  IntelligentLearningRateScheduler scheduler(settings);
  sr::test::Noise noise(3);
  feed(scheduler, 400, [&](int) { return 0.1 + 0.01 * noise.next(); });
  const auto decisions = feed(scheduler, 60, [&](int) { return 0.2 + 0.01 * noise.next(); });
  REQUIRE(decisions.size() == 1);
  CHECK(decisions[0].cause == "divergence");
  CHECK(decisions[0].action == RateAction::kReduce);
  CHECK(scheduler.factor() == 0.5);
  CHECK(decisions[0].t > decisions[0].critical_t);
}

TEST_CASE("a change of size starts the history over", "[automation]") {
  IntelligentLearningRateScheduler scheduler(short_settings());
  CHECK(feed(scheduler, 90, [](int) { return 1.0; }).empty());
  CHECK(feed(scheduler, 90, [](int) { return 1.5; }, {48, 4}).empty());
  CHECK(feed(scheduler, 90, [](int) { return 2.0; }, {48, 8}).empty());
  CHECK(feed(scheduler, 10, [](int) { return 2.0; }, {48, 8}).size() == 1);
}

TEST_CASE("losses that are not finite are left out", "[automation]") {
  IntelligentLearningRateScheduler scheduler(short_settings());
  CHECK(feed(scheduler, 190, [](int step) { return step % 2 == 0 ? kNan : 1.0; }).empty());
  CHECK(feed(scheduler, 10, [](int) { return 1.0; }).size() == 1);
}

TEST_CASE("ten validations without a better metric reduce the rate", "[automation]") {
  LearningRateSettings settings;
  settings.higher_is_better = GENERATE(true, false);
  const double sign = settings.higher_is_better ? 1 : -1;
  IntelligentLearningRateScheduler scheduler(settings);
  CHECK_FALSE(scheduler.validated(sign * 30).has_value());
  for (int i = 0; i < 9; ++i) {
    CHECK_FALSE(scheduler.validated(sign * (30 - i)).has_value());
  }
  const auto decision = scheduler.validated(sign * 30);
  REQUIRE(decision.has_value());
  CHECK(decision->cause == "metric");
  CHECK(decision->validations == 10);
  CHECK(scheduler.factor() == 0.8);
  CHECK_FALSE(scheduler.validated(sign * 30).has_value());
}

TEST_CASE("what is not to be monitored decides nothing", "[automation]") {
  LearningRateSettings settings = short_settings();
  settings.monitor_loss = settings.monitor_validation = false;
  IntelligentLearningRateScheduler scheduler(settings);
  CHECK(feed(scheduler, 500, [](int) { return 1.0; }).empty());
  for (int i = 0; i < 30; ++i) {
    CHECK_FALSE(scheduler.validated(1).has_value());
  }
}

TEST_CASE("the factor stays between its bounds whatever is fed", "[automation]") {
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    sr::test::Noise noise(seed, 0.5);
    LearningRateSettings settings;
    settings.plateau_patience = 10 + static_cast<std::int64_t>(seed % 60);
    settings.min_lr_factor = 0.05 + 0.95 * sr::unit(sr::hash(seed, 0, sr::Stream::kLane));
    settings.max_lr_factor = 1 + 2 * sr::unit(sr::hash(seed, 1, sr::Stream::kLane));
    IntelligentLearningRateScheduler scheduler(settings);
    double drift = 0;
    for (int step = 1; step <= 600; ++step) {
      drift += (step / 200 % 2 == 0 ? -1 : 1) * 0.01;
      scheduler.add(drift + 0.1 * noise.next(), kSize);
      if (step % 10 == 0) {
        scheduler.decide();
        if (step % 20 == 0) {
          scheduler.validated(noise.next());
        }
      }
      REQUIRE(scheduler.factor() >= settings.min_lr_factor);
      REQUIRE(scheduler.factor() <= settings.max_lr_factor);
    }
  }
}

TEST_CASE("saving and loading the scheduler between any two steps changes no decision",
          "[automation]") {
  sr::test::Noise noise(5);
  IntelligentLearningRateScheduler whole(short_settings());
  IntelligentLearningRateScheduler resumed(short_settings());
  for (int step = 1; step <= 500; ++step) {
    const double loss = 1.0 - 0.0005 * step + 0.05 * noise.next();
    for (auto* scheduler : {&whole, &resumed}) {
      scheduler->add(loss, kSize);
      if (step % 10 == 0) {
        scheduler->decide();
      }
      if (step % 30 == 0) {
        scheduler->validated(loss);
      }
    }
    IntelligentLearningRateScheduler next(short_settings());
    next.restore(sr::Json::parse(resumed.state().dump()));
    resumed = next;
    REQUIRE(resumed.state() == whole.state());
  }
  CHECK(whole.factor() != 1);
}

TEST_CASE("a restored factor obeys edited bounds and a malformed state is refused",
          "[automation]") {
  IntelligentLearningRateScheduler scheduler(short_settings());
  feed(scheduler, 1500, [](int) { return 1.0; });
  LearningRateSettings edited = short_settings();
  edited.min_lr_factor = 0.5;
  IntelligentLearningRateScheduler next(edited);
  next.restore(scheduler.state());
  CHECK(next.factor() == 0.5);
  CHECK_THROWS_AS(next.restore(sr::Json::object()), sr::CheckpointError);
}
