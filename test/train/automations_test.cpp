#include "train/automations.h"

#include <torch/torch.h>

#include <cmath>

#include "support/catch.h"
#include "train/loss_log.h"
#include "train/toy_run.h"

namespace {

using namespace sr;
using test::HostImages;
using test::small_config;
using test::ToyRun;

Config clipping_config(double smallest, double largest) {
  Config config = small_config();
  config.gradient_clipping.emplace();
  config.gradient_clipping->min_threshold = smallest;
  config.gradient_clipping->max_threshold = largest;
  return config;
}

Config automations_config() {
  Config config = small_config();
  config.learning_rate_scheduler.emplace();
  config.learning_rate_scheduler->plateau_patience = 40;
  config.early_stopping.emplace();
  config.early_stopping->patience = 40;
  config.early_stopping->min_iterations = config.early_stopping->warmup_iterations = 0;
  config.val_sets.emplace_back().name = "set5";
  config.val.metrics.push_back({"psnr", "calculate_psnr", 2, true, true});
  return config;
}

/// For automations whose steps are not taken.
std::vector<float> no_losses() {
  return {};
}

Automations::TakeLosses losses_of(ToyRun& run) {
  return [&run] { return run.step->take_losses(); };
}

/// Steps of one batch at learning rate 0, so that the loss stays; events as text.
std::vector<std::string> frozen_steps(ToyRun& run, Automations& automations, std::int64_t from,
                                      std::int64_t until) {
  std::vector<std::string> events;
  const HostImages images(2, 8, 1);
  for (std::int64_t step = from + 1; step <= until; ++step) {
    REQUIRE(completed(run.attempt(images.batch, {})));
    run.commit({0, 0});
    automations.committed({8, 2}, /*warming_up=*/false);
    if (const auto decision = automations.after_step(step)) {
      events.push_back(std::to_string(step) + " " + std::string(decision->cause));
    }
    if (step % 20 == 0) {
      for (const EventData& event : automations.validated(step, false, {{{"psnr", 30.0}}})) {
        if (const auto* stop = std::get_if<StopDecisionEvent>(&event)) {
          events.push_back(std::to_string(step) + (stop->stop ? " stop" : " continue"));
        }
      }
    }
  }
  return events;
}

}  // namespace

TEST_CASE("without automations the rate stays and nothing is kept", "[train]") {
  const Config config = small_config();
  Automations automations(config, no_losses);
  CHECK(losses_to_keep(config) == 0);
  CHECK(automations.rate_factor() == 1);
  CHECK_FALSE(automations.stopped());
  CHECK(automations.validated(10, false, {{{"psnr", 30.0}}}).empty());
}

TEST_CASE("a frozen network lowers its rate and stops where its patience ends", "[train]") {
  const Config config = automations_config();
  ToyRun run(config);
  Automations automations(config, losses_of(run));
  const auto events = frozen_steps(run, automations, 0, 80);
  CHECK(events == std::vector<std::string>{"20 continue", "40 plateau", "40 continue",
                                           "60 continue", "80 plateau", "80 stop"});
  CHECK(automations.rate_factor() == Approx(0.64));
  REQUIRE(automations.stopped());
}

TEST_CASE("a run that was saved between two decisions decides as one that was not", "[train]") {
  const Config config = automations_config();
  ToyRun whole(config);
  Automations uninterrupted(config, losses_of(whole));
  const auto expected = frozen_steps(whole, uninterrupted, 0, 70);

  ToyRun run(config);
  Automations before(config, losses_of(run));
  auto events = frozen_steps(run, before, 0, 33);
  ToyRun resumed(config);
  Automations after(config, losses_of(resumed));
  after.load(nlohmann::ordered_json::parse(before.save().dump()));
  for (const std::string& event : frozen_steps(resumed, after, 33, 70)) {
    events.push_back(event);
  }
  CHECK(events == expected);
  CHECK(after.save() == uninterrupted.save());
}

TEST_CASE("automations that a state does not know begin anew", "[train]") {
  const Config config = automations_config();
  Automations automations(config, no_losses);
  automations.load(nlohmann::ordered_json::object());
  automations.load({{"learning_rate", nullptr}, {"early_stopping", nullptr}});
  CHECK(automations.rate_factor() == 1);
}

TEST_CASE("a clip event names what holds the limit", "[train]") {
  Config config = clipping_config(0.1, 1);
  AdaptiveClipping::Window window;
  window.steps = 10;
  window.clipped = 1;
  window.threshold = 0.5;
  CHECK(clip_event("g", window, config).reason == "90th percentile of the norms");
  CHECK(clip_event("g", window, config).numbers.share == 0.1);
  window.threshold = 1;
  CHECK(clip_event("g", window, config).reason == "max_threshold");
  window.threshold = 0.1F;
  CHECK(clip_event("g", window, config).reason == "min_threshold");
  window.learning = true;
  CHECK(clip_event("g", window, config).reason.find("gathered") != std::string::npos);
  window.learning = false;
  config.train.grad_clip = true;
  config.train.grad_clip_max_norm = 0.1;
  CHECK(clip_event("g", window, config).reason.find("upper bound") != std::string::npos);
}

TEST_CASE("a validation without a finite score decides nothing", "[train]") {
  const Config config = automations_config();
  Automations automations(config, no_losses);
  for (int step = 20; step <= 400; step += 20) {
    for (const double score : {std::nan(""), HUGE_VAL, -HUGE_VAL}) {
      CHECK(automations.validated(step, false, {{{"psnr", score}}}).empty());
    }
  }
  CHECK_FALSE(automations.stopped());
}

TEST_CASE("a metric that is measured in another way begins anew", "[train]") {
  Config config = automations_config();
  config.learning_rate_scheduler->monitor_validation = true;
  Automations before(config, no_losses);
  before.use_rules({{"set5/psnr", "of RGB"}});
  before.validated(20, false, {{{"psnr", 50.0}}});
  const auto best_after = [&](const std::string& rule) {
    Automations after(config, no_losses);
    after.use_rules(rule.empty() ? std::map<std::string, std::string>{}
                                 : std::map<std::string, std::string>{{"set5/psnr", rule}});
    after.load(before.save());
    after.validated(40, false, {{{"psnr", 30.0}}});
    const auto saved = after.save();
    return std::pair(saved.at("early_stopping").at("best").get<double>(),
                     saved.at("learning_rate").at("best_metric").get<double>());
  };
  CHECK(best_after("of RGB") == std::pair(50.0, 50.0));
  CHECK(best_after("of Y") == std::pair(30.0, 30.0));
  CHECK(best_after("") == std::pair(50.0, 50.0));  // not known: taken for the same
}
