#include "automation/size_plan.h"

#include "support/catch.h"
#include "support/size_text.h"

using sr::TrainingSize;

namespace {

/// A device of 2000 bytes a pixel on which {32, 4} was measured, and a budget of about 100,000
/// pixels.
struct Bench {
  Bench() : limits(settings()), model(50) {
    model.observe({32, 4}, 2000 * 4096, 0);
    budget.low = 2000 * 94'000.0;
    budget.target = 2000 * 100'000.0;
    budget.high = 2000 * 106'000.0;
    budget.ceiling = 1e12;
  }
  static sr::SizeControllerSettings settings() {
    sr::SizeControllerSettings made;
    made.configured = {32, 4};
    return made;
  }
  sr::GrowthView view(double growth_cap) const {
    return {limits, model, frontier, budget, growth_cap};
  }

  sr::SizeLimits limits;
  sr::MemoryModel model;
  sr::FailingFrontier frontier;
  sr::MemoryBudget budget;
};

}  // namespace

TEST_CASE("growth aims at the largest lq_size from which the band can be reached", "[automation]") {
  const Bench bench;
  const auto plan = sr::plan_growth(bench.view(1000), {32, 4});
  REQUIRE(plan.has_value());
  // 160 x 4 is above the target; 152 x 4, 144 x 4 and 136 x 5 are below the band.
  CHECK(plan->target == TrainingSize{128, 6});
  CHECK(plan->next == plan->target);
}

TEST_CASE("a jump beyond the growth cap stops on the way to the landing", "[automation]") {
  const Bench bench;
  const auto plan = sr::plan_growth(bench.view(4), {32, 4});
  REQUIRE(plan.has_value());
  CHECK(plan->next == TrainingSize{64, 4});
  CHECK(plan->next.pixels() <= 4 * 4096);
}

TEST_CASE("where the cap admits no step at all one single step is taken", "[automation]") {
  const Bench bench;
  const auto plan = sr::plan_growth(bench.view(1.01), {32, 4});
  REQUIRE(plan.has_value());
  CHECK(plan->next == TrainingSize{40, 4});
}

TEST_CASE("a size that was measured before needs no careful approach", "[automation]") {
  Bench bench;
  const auto target = sr::plan_growth(bench.view(1000), {32, 4})->target;
  bench.model.observe(target, 2000 * target.pixels(), 0);
  CHECK(sr::plan_growth(bench.view(1.25), {32, 4})->next == target);
}

TEST_CASE("growth avoids what is blocked and never lowers a dimension", "[automation]") {
  Bench bench;
  bench.frontier.add_genuine({80, 4}, {0, 1});
  const auto plan = sr::plan_growth(bench.view(1000), {32, 4});
  REQUIRE(plan.has_value());
  CHECK(plan->target == TrainingSize{72, 19});
  bench.frontier.add_genuine({32, 5}, {0, 1});
  CHECK(sr::plan_growth(bench.view(1000), {32, 4})->target == TrainingSize{72, 4});
  bench.frontier.add_genuine({40, 4}, {0, 1});
  CHECK_FALSE(sr::plan_growth(bench.view(1000), {32, 4}).has_value());
  CHECK(sr::objection(bench.view(1000), {40, 4}) == "ran out of memory before");
}

TEST_CASE("what others hold and fragmentation bound growth like the band does", "[automation]") {
  Bench bench;
  bench.budget.ceiling = 2000 * 60'000.0;
  bench.budget.external = 2000 * 20'000.0;
  bench.budget.fragmentation = 1.25;
  const auto plan = sr::plan_growth(bench.view(1000), {32, 4});
  REQUIRE(plan.has_value());
  CHECK(plan->target.pixels() <= 32'000);
  CHECK(sr::objection(bench.view(1000), {96, 4}) ==
        "fits the band, but not the device beside what others hold");
}

TEST_CASE("the way down is batch then lq_size to the configured pair and then to the minimum",
          "[automation]") {
  auto settings = Bench::settings();
  settings.configured = {48, 4};
  const sr::SizeLimits limits(settings);
  std::vector<TrainingSize> way;
  for (auto size = sr::next_smaller(limits, {64, 6}); size;
       size = sr::next_smaller(limits, *size)) {
    way.push_back(*size);
  }
  CHECK(way == std::vector<TrainingSize>{
                   {64, 5}, {64, 4}, {56, 4}, {48, 4}, {48, 3}, {48, 2}, {40, 2}, {32, 2}});
}

TEST_CASE("shrinking takes the first size that fits else the smallest that is not blocked",
          "[automation]") {
  const Bench bench;
  const auto up_to = [](std::int64_t pixels) {
    return [pixels](TrainingSize size) { return size.pixels() <= pixels; };
  };
  CHECK(sr::plan_shrink(bench.limits, bench.frontier, {64, 8}, up_to(21'000)) ==
        TrainingSize{64, 5});
  CHECK(sr::plan_shrink(bench.limits, bench.frontier, {64, 8}, up_to(1)) == TrainingSize{32, 2});
  CHECK_FALSE(sr::plan_shrink(bench.limits, bench.frontier, {32, 2}, up_to(1)).has_value());
  sr::FailingFrontier frontier;
  frontier.add_genuine({64, 4}, {0, 1});
  CHECK(sr::plan_shrink(bench.limits, frontier, {64, 8}, up_to(21'000)) == TrainingSize{56, 4});
}
