#include "config/config.h"
#include "recipe/multi_step.h"
#include "resolve/examples.h"
#include "support/catch.h"

using sr::ScheduleUnit;
using sr::TrainConfig;
using sr::test::kSmallest;
using sr::test::load_text;
using sr::test::problems_of;

namespace {

/// The smallest configuration with other settings of train.
std::string with_train(const std::string& train) {
  return kSmallest.substr(0, kSmallest.find("train:\n  total_iter")) + "train: {" + train + "}\n";
}

TrainConfig train_of(const std::string& train) {
  return load_text(with_train(train)).config.train;
}

}  // namespace

TEST_CASE("a run has the end that its schedule counts in", "[resolve]") {
  CHECK(problems_of(with_train("max_hours: 8")) ==
        "x.yml:9: train.total_iter: required (integer >= 1)");
  CHECK(problems_of(with_train("schedule_by: hours, total_iter: 9")) ==
        "x.yml:9: train.max_hours: required by schedule_by, which counts in it (number > 0)");
  const TrainConfig hours = train_of("schedule_by: hours, max_hours: 0.5");
  CHECK(hours.max_hours == 0.5);
  CHECK(hours.total_iter == 0);
  const TrainConfig samples = train_of("schedule_by: samples, total_samples: 1e6, total_iter: 9");
  CHECK(samples.schedule_by == ScheduleUnit::kSamples);
  CHECK(samples.total_samples == 1'000'000);
  CHECK(samples.total_iter == 9);
  CHECK(train_of("schedule_by: pixels, total_pixels: 2e13").total_pixels == 2e13);
  CHECK(problems_of(with_train("total_iter: 9, max_hours: -1")) ==
        "x.yml:9: train.max_hours: expected number >= 0, got '-1'");
}

TEST_CASE("lengths of a schedule are whole but for hours", "[resolve]") {
  const std::string schedule =
      "warmup_iter: 0.25, scheduler: {type: MultiStepLR, "
      "milestones: [4, 6.5]}";
  const TrainConfig hours = train_of("schedule_by: hours, max_hours: 8, " + schedule);
  CHECK(hours.warmup_iter == 0.25);
  CHECK(hours.scheduler.options.get<sr::recipe::MultiStepOptions>().milestones ==
        std::vector<double>{4, 6.5});
  CHECK(problems_of(with_train("schedule_by: samples, total_samples: 8, " + schedule)) ==
        "x.yml:9: train.warmup_iter: expected a whole number, got 0.25; only schedule_by: hours "
        "counts in fractions\n"
        "x.yml:9: train.scheduler.milestones: expected whole numbers, got 6.5; only schedule_by: "
        "hours counts in fractions");
  CHECK(problems_of(with_train("schedule_by: hours, max_hours: 8, scheduler: {type: "
                               "CosineAnnealingRestartLR, periods: [4, 3.5]}")) ==
        "x.yml:9: train.scheduler.periods: together 7.5, expected at least max_hours (8)");
}

TEST_CASE("a clock schedule takes the place of the clock", "[resolve]") {
  const std::string hours = "schedule_by: hours, max_hours: 8, ";
  const std::string clock = "clock_schedule: [{step: 0, permille: 1}, {step: 9, permille: 1000}]";
  const TrainConfig config = train_of(hours + "total_iter: 20, " + clock);
  CHECK(config.clock_schedule == std::vector<sr::ClockReading>{{0, 1}, {9, 1000}});
  CHECK(problems_of(with_train(hours + clock)).find("set total_iter to the steps") !=
        std::string::npos);
  CHECK(problems_of(with_train("total_iter: 20, " + clock)).find("set schedule_by: hours") !=
        std::string::npos);
  CHECK(problems_of(with_train(hours + "total_iter: 20, clock_schedule: [{step: 3, permille: 1}, "
                                       "{step: 2, permille: 1001}]")) ==
        "x.yml:9: train.clock_schedule.1.permille: expected integer 0 to 1000, got '1001'\n"
        "x.yml:9: train.clock_schedule.1.step: expected at least 3 as in the entry before, got 2");
}
