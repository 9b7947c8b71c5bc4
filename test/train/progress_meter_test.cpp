#include "train/progress_meter.h"

#include "support/catch.h"

TEST_CASE("a progress line holds means and maxima since the last one", "[train]") {
  sr::ProgressMeter meter;
  meter.add(10, 1, 0.5);
  meter.add(30, 3, 0.4);
  sr::ProgressEvent event;
  meter.take(event);
  CHECK(event.step_ms == Approx(20));
  CHECK(event.data_wait_ms == Approx(2));
  CHECK(event.data_wait_max_ms == Approx(3));
  CHECK(event.memory_usage == Approx(0.5));
  meter.add(40, 0, 0.1);
  meter.take(event);
  CHECK(event.step_ms == Approx(40));
  CHECK(event.memory_usage == Approx(0.1));
  CHECK(meter.steps_per_s() == Approx(3000.0 / 80));
}
