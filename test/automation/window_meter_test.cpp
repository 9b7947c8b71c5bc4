#include "automation/window_meter.h"

#include "support/catch.h"

using sr::WindowMeter;

namespace {

sr::StepReading reading(std::int64_t peak, std::int64_t external = 0, std::int64_t retries = 0) {
  return {peak, peak + 10, 50, external, 1000, retries};
}

}  // namespace

TEST_CASE("a window holds the maxima of its steps", "[automation]") {
  WindowMeter meter(3, 0);
  meter.add(reading(100, 7), {32, 4});
  meter.add(reading(300, 5), {32, 4});
  CHECK_FALSE(meter.complete());
  meter.add({200, 200, 40, 6, 999, 2}, {32, 4});
  REQUIRE(meter.complete());
  const sr::WindowReading window = meter.take();
  CHECK(window.alloc_peak == 300);
  CHECK(window.reserved_peak == 310);
  CHECK(window.external == 7);
  CHECK(window.between_steps == 40);
  CHECK(window.total == 999);
  CHECK(window.retries == 2);
  CHECK_FALSE(meter.complete());
}

TEST_CASE("a new window knows nothing of the one before", "[automation]") {
  WindowMeter meter(2, 0);
  meter.add(reading(900, 90, 3), {32, 4});
  meter.add(reading(900, 90, 3), {32, 4});
  meter.take();
  meter.add(reading(100, 1, 3), {32, 4});
  meter.add(reading(100, 1, 4), {32, 4});
  const auto window = meter.take();
  CHECK(window.alloc_peak == 100);
  CHECK(window.external == 1);
  CHECK(window.retries == 1);
}

TEST_CASE("steps of two sizes are never in one window", "[automation]") {
  WindowMeter meter(2, 0);
  meter.add(reading(900), {64, 4});
  meter.add(reading(100), {32, 4});
  CHECK_FALSE(meter.complete());
  meter.add(reading(110), {32, 4});
  REQUIRE(meter.complete());
  CHECK(meter.take().alloc_peak == 110);
}

TEST_CASE("the first steps of a size count but are not measured", "[automation]") {
  WindowMeter meter(5, 3);
  for (const std::int64_t peak : {900, 800, 700, 100, 120}) {
    meter.add(reading(peak), {32, 4});
  }
  REQUIRE(meter.complete());
  CHECK(meter.take().alloc_peak == 120);
  for (int i = 0; i < 5; ++i) {
    meter.add(reading(300 - i), {32, 4});
  }
  CHECK(meter.take().alloc_peak == 300);  // no longer a new size
  WindowMeter tiny(2, 3);
  tiny.add(reading(900), {32, 4});
  tiny.add(reading(100), {32, 4});
  CHECK(tiny.take().alloc_peak == 100);  // at least one step is measured
}

TEST_CASE("a meter saved in the middle of a window goes on as if nothing had happened",
          "[automation]") {
  WindowMeter whole(4, 2), saved(4, 2);
  for (WindowMeter* meter : {&whole, &saved}) {
    meter->add(reading(900, 1, 0), {32, 4});
    meter->add(reading(800, 2, 1), {32, 4});
    meter->add(reading(300, 3, 2), {32, 4});
  }
  WindowMeter resumed(4, 2);
  resumed.restore(sr::Json::parse(saved.state().dump()));
  whole.add(reading(200, 1, 2), {32, 4});
  resumed.add(reading(200, 1, 0), {32, 4});  // the new process counts retries from zero
  REQUIRE(resumed.complete());
  const auto a = whole.take(), b = resumed.take();
  CHECK(a.alloc_peak == b.alloc_peak);
  CHECK(a.external == b.external);
  CHECK(a.retries == b.retries);
}
