#include "train/run_length.h"

#include <cmath>

#include "support/catch.h"

namespace {

using namespace sr;

TrainConfig by_hours(double hours) {
  TrainConfig config;
  config.max_hours = hours;
  config.schedule_by = ScheduleUnit::kHours;
  return config;
}

}  // namespace

TEST_CASE("a run ends with the first of its ends", "[train]") {
  TrainConfig config;
  config.total_iter = 100;
  config.total_samples = 1000;
  config.total_pixels = 1e6;
  config.max_hours = 0.5;
  const RunLength length(config);
  const RunPoint at{50, 999, 999'999, 1799};
  CHECK(length.reached(at).empty());
  CHECK(length.share(at) == Approx(1799.0 / 1800).epsilon(1e-3));
  RunPoint next = at;
  next.step = 100;
  CHECK(length.reached(next) == "total_iter");
  next = at;
  next.samples = 1003;
  CHECK(length.reached(next) == "total_samples");
  CHECK(length.share(next) == 1);
  next = at;
  next.pixels = 1'000'000;
  CHECK(length.reached(next) == "total_pixels");
  next = at;
  next.seconds = 1800;
  CHECK(length.reached(next) == "max_hours");
}

TEST_CASE("the time left is that of the end that comes first at the sizes of now", "[train]") {
  TrainConfig config;
  config.total_iter = 100;
  config.total_samples = 1000;
  const RunPoint at{40, 600, 0, 0};
  CHECK(RunLength(config).seconds_left(at, {2, 4, 0}) == 120);  // 60 steps
  CHECK(RunLength(config).seconds_left(at, {2, 40, 0}) == 20);  // 10 steps of 40 samples
  CHECK(RunLength(config).seconds_left({100, 600, 0, 0}, {2, 4, 0}) == 0);
  config.max_hours = 1;
  CHECK(RunLength(config).seconds_left({40, 600, 0, 3595}, {2, 40, 0}) == 5);
}

TEST_CASE("a schedule is asked in its own unit", "[train]") {
  TrainConfig config;
  const RunPoint at{3, 40, 5000, 9};
  CHECK(RunLength(config).schedule_position(at) == 3);
  config.schedule_by = ScheduleUnit::kSamples;
  CHECK(RunLength(config).schedule_position(at) == 40);
  config.schedule_by = ScheduleUnit::kPixels;
  CHECK(RunLength(config).schedule_position(at) == 5000);
  CHECK_FALSE(RunLength(config).permille(at));
}

TEST_CASE("the clock of a schedule moves in thousandths of max_hours and ends with them",
          "[train]") {
  const RunLength length(by_hours(2));
  CHECK(length.permille({0, 0, 0, 7.1}) == 0);
  CHECK(length.permille({0, 0, 0, 7.3}) == 1);
  CHECK(length.permille({0, 0, 0, 3600}) == 500);
  CHECK(length.schedule_position({0, 0, 0, 3605}) == Approx(1));
  CHECK(length.permille({0, 0, 0, 9000}) == 1000);
  CHECK(length.schedule_position({0, 0, 0, 9000}) == Approx(2));
}

TEST_CASE("a clock schedule is followed from the step after each entry, whatever the clock says",
          "[train]") {
  TrainConfig config = by_hours(2);
  config.total_iter = 10;
  config.clock_schedule = {{0, 1}, {4, 250}, {4, 300}};
  const RunLength length(config);
  CHECK(length.permille({3, 0, 0, 9000}) == 1);
  CHECK(length.permille({4, 0, 0, 0}) == 300);
  CHECK(length.reached({9, 0, 0, 9000}).empty());
  CHECK(length.reached({10, 0, 0, 0}) == "total_iter");
}
