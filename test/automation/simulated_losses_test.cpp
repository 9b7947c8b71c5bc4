#include "automation/simulated_losses.h"

#include <cstdlib>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "automation/learning_rate_scheduler.h"
#include "support/catch.h"

// The learning-rate scheduler on simulated losses, 1,000 seeds a row. With SR_UPDATE_DOCS set the
// figures are written into docs/automations.md.

namespace {

constexpr std::uint64_t kSeeds = 1000;
constexpr std::int64_t kPatience = 1000;
constexpr sr::TrainingSize kSize{32, 8};

struct Curve {
  std::string name;
  std::function<double(int)> level;
  double noise = 0.1;  ///< standard deviation, share of the level
  double correlation = 0;
  int steps = 6000;
  int size_change = 0;  ///< step after which the batch is larger; 0 = never
};

struct Outcome {
  int first_reduction = 0;  ///< step; 0 = none
  bool by_divergence = false;
  bool raised = false;
  double lowest = 1;
  double highest = 1;
};

Outcome simulate(const Curve& curve, std::uint64_t seed) {
  sr::test::Noise noise(seed, curve.correlation);
  sr::LearningRateSettings settings;
  settings.plateau_patience = kPatience;
  sr::IntelligentLearningRateScheduler scheduler(settings);
  Outcome outcome;
  for (int step = 1; step <= curve.steps; ++step) {
    const bool larger = curve.size_change > 0 && step > curve.size_change;
    scheduler.add(curve.level(step) * (1 + curve.noise * noise.next()),
                  larger ? sr::TrainingSize{48, 8} : kSize);
    if (step % sr::kRateDecisionSteps != 0) {
      continue;
    }
    const auto decision = scheduler.decide();
    if (!decision) {
      continue;
    }
    outcome.raised = outcome.raised || decision->action == sr::RateAction::kRaise;
    outcome.lowest = std::min(outcome.lowest, decision->factor);
    outcome.highest = std::max(outcome.highest, decision->factor);
    if (decision->action == sr::RateAction::kReduce && outcome.first_reduction == 0) {
      outcome.first_reduction = step;
      outcome.by_divergence = decision->cause == "divergence";
    }
  }
  return outcome;
}

struct Row {
  std::string text;
  double reduced_before = 0;  ///< share of seeds, before `from`
  double found = 0;           ///< share of seeds, from `from` to `until`
};

/// Reductions before step `from`, which are false, and those in (from, until].
Row judge(const Curve& curve, int from, int until, bool divergence = false) {
  int early = 0;
  int found = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Outcome outcome = simulate(curve, seed);
    REQUIRE(outcome.lowest >= 0.1);
    REQUIRE(outcome.highest <= 2.0);
    const int first = outcome.first_reduction;
    early += first > 0 && first <= from ? 1 : 0;
    found += first > from && first <= until && outcome.by_divergence == divergence ? 1 : 0;
  }
  Row row;
  row.reduced_before = static_cast<double>(early) / kSeeds;
  row.found = static_cast<double>(found) / kSeeds;
  row.text = fmt::format("| {} | {:.0f} % | {:.1f} | {:.1f} % | {} |\n", curve.name,
                         100 * curve.noise, curve.correlation, 100 * row.reduced_before,
                         until > from ? fmt::format("{:.1f} %", 100 * row.found) : "-");
  return row;
}

std::function<double(int)> falling(double per_patience) {
  return
      [=](int step) { return std::pow(1 - per_patience, static_cast<double>(step) / kPatience); };
}

void update_docs(const std::string& table) {
  if (std::getenv("SR_UPDATE_DOCS") == nullptr) {
    return;
  }
  const std::string path = SR_SOURCE_DIR "/docs/automations.md";
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  std::string page = text.str();
  const std::string begin = "<!-- simulated losses -->\n";
  const std::size_t from = page.find(begin) + begin.size();
  const std::size_t to = page.find("<!-- end -->", from);
  REQUIRE(to != std::string::npos);
  std::ofstream(path) << page.replace(from, to - from, table);
}

}  // namespace

TEST_CASE("simulated losses: falling ones keep the rate and plateaus are found in time",
          "[automation][slow]") {
  std::string table =
      "| loss | noise | correlation | reduced while it falls | reduced in time |\n"
      "|---|---|---|---|---|\n";
  const int end = 6000;
  for (const auto& [noise, correlation] : {std::pair{0.1, 0.0}, {0.1, 0.5}, {0.3, 0.0}}) {
    const double fall = noise > 0.2 ? 0.3 : 0.1;
    const Row row = judge({fmt::format("falls by {:.0f} % per patience", 100 * fall), falling(fall),
                           noise, correlation, end},
                          end, end);
    CHECK(row.reduced_before < 0.01);
    table += row.text;
  }
  for (const double fall : {0.05, 0.03, 0.02}) {  // down to what the noise hides
    table += judge({fmt::format("falls by {:.0f} % per patience", 100 * fall), falling(fall), 0.1,
                    0, end},
                   end, end)
                 .text;
  }
  const auto flat = [](int) { return 0.02; };
  for (const auto& [noise, correlation] : {std::pair{0.1, 0.0}, {0.1, 0.5}, {0.3, 0.0}}) {
    const Row row = judge({"noise only", flat, noise, correlation, 1500}, 0, 1500);
    CHECK(row.found > 0.95);
    table += row.text;
  }
  const auto then_flat = [](int step) { return falling(0.15)(std::min(step, 3000)); };
  const Row plateau = judge(
      {"falls by 15 % per patience, plateau from 3,000", then_flat, 0.1, 0, 4500}, 3000, 4500);
  CHECK(plateau.reduced_before < 0.01);
  CHECK(plateau.found > 0.95);
  table += plateau.text;

  const auto diverging = [](int step) {
    return step <= 2500 ? falling(0.1)(step) : falling(0.1)(2500) * (1 + 0.01 * (step - 2500));
  };
  const Row rise = judge({"rises by 1 % a step from 2,500", diverging, 0.1, 0, 2600}, 2500, 2600,
                         /*divergence=*/true);
  CHECK(rise.reduced_before < 0.01);
  CHECK(rise.found > 0.95);
  table += rise.text;

  const auto jumps = [](int step) { return falling(0.1)(step) * (step > 3000 ? 1.5 : 1.0); };
  const Row jump = judge(
      {"falls by 10 %, 1.5 times as high from 3,000 with a larger crop", jumps, 0.1, 0, end, 3000},
      end, end);
  CHECK(jump.reduced_before < 0.01);
  table += jump.text;
  INFO(table);
  update_docs(table);
}
