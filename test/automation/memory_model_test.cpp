#include "automation/memory_model.h"

#include <cmath>

#include "support/catch.h"

using sr::MemoryModel;
using sr::TrainingSize;

namespace {

constexpr std::int64_t kFixed = 1'000'000;

/// 16384 pixels at {64, 4}; a peak of 2000 bytes a pixel.
std::int64_t peak_of(TrainingSize size) {
  return kFixed + 2000 * size.pixels();
}

}  // namespace

TEST_CASE("nothing is predicted before the first measurement", "[automation]") {
  const MemoryModel model(50);
  CHECK_FALSE(model.predict({64, 4}).has_value());
  CHECK(model.bytes_per_lq_pixel() == 0);
}

TEST_CASE("one measurement of an affine device predicts every larger size exactly",
          "[automation]") {
  MemoryModel model(50);
  model.observe({64, 4}, peak_of({64, 4}), kFixed);
  CHECK(model.predict({64, 4}) == peak_of({64, 4}));
  CHECK(model.predict({256, 64}) == peak_of({256, 64}));
  CHECK(model.bytes_per_lq_pixel() == Approx(2000));
  CHECK(model.between_steps() == kFixed);
}

TEST_CASE("one measurement of a concave device never predicts too little above it",
          "[automation]") {
  const auto concave = [](TrainingSize size) {
    return kFixed +
           static_cast<std::int64_t>(9000 * std::pow(static_cast<double>(size.pixels()), 0.9));
  };
  MemoryModel model(50);
  model.observe({64, 4}, concave({64, 4}), kFixed);
  for (const TrainingSize larger : {TrainingSize{64, 5}, {72, 4}, {128, 8}, {256, 64}}) {
    CHECK(*model.predict(larger) >= concave(larger));
  }
}

TEST_CASE("secants bring predictions close to a convex curve", "[automation]") {
  const auto convex = [](TrainingSize size) {
    return kFixed +
           static_cast<std::int64_t>(100 * std::pow(static_cast<double>(size.pixels()), 1.2));
  };
  MemoryModel model(50);
  model.observe({64, 4}, convex({64, 4}), kFixed);
  const std::int64_t naive = *model.predict({160, 4});
  model.observe({128, 4}, convex({128, 4}), kFixed);
  const double truth = static_cast<double>(convex({160, 4}));
  CHECK(static_cast<double>(naive) < 0.85 * truth);
  CHECK(static_cast<double>(*model.predict({160, 4})) > 0.94 * truth);
}

TEST_CASE("between two measured sizes the prediction is on the line between them", "[automation]") {
  MemoryModel model(50);
  model.observe({64, 4}, kFixed + 1000, kFixed);
  model.observe({64, 8}, kFixed + 3000, kFixed);
  CHECK(model.predict({64, 6}) == kFixed + 2000);
}

TEST_CASE("a failure says how much a size needs at least", "[automation]") {
  MemoryModel model(50);
  model.observe({64, 4}, peak_of({64, 4}), kFixed);
  const std::int64_t seen = 2 * peak_of({64, 8});
  model.observe_failure({64, 8}, seen, kFixed);
  CHECK(*model.predict({64, 8}) >= seen - 1);
  CHECK_FALSE(model.measured({64, 8}));
}

TEST_CASE("memory that comes to stay between steps is added to every prediction", "[automation]") {
  MemoryModel model(50);
  model.observe({64, 4}, peak_of({64, 4}), kFixed);
  model.set_between_steps(kFixed + 500);
  CHECK(model.predict({64, 4}) == peak_of({64, 4}) + 500);
}

TEST_CASE("a peak that is not seen again fades and one that rises counts at once", "[automation]") {
  MemoryModel model(50);
  model.observe({64, 4}, kFixed + 2000, kFixed);
  model.observe({64, 4}, kFixed + 1000, kFixed);
  CHECK(model.predict({64, 4}) == kFixed + 1750);
  model.observe({64, 4}, kFixed + 5000, kFixed);
  CHECK(model.predict({64, 4}) == kFixed + 5000);
}

TEST_CASE("what is forgotten or measured long ago takes part in nothing", "[automation]") {
  MemoryModel model(2);
  model.observe({64, 4}, peak_of({64, 4}), kFixed);
  model.observe({64, 5}, peak_of({64, 5}), kFixed);
  model.observe({64, 6}, peak_of({64, 6}), kFixed);
  CHECK_FALSE(model.measured({64, 4}));
  model.forget({64, 6});
  CHECK_FALSE(model.measured({64, 6}));
  CHECK(model.measured({64, 5}));
}

TEST_CASE("the memory model survives saving", "[automation]") {
  MemoryModel model(50);
  model.observe({64, 4}, 12345678, kFixed);
  model.observe({96, 4}, 23456789, kFixed + 3);
  model.observe_failure({128, 4}, 99999999, kFixed + 3);
  MemoryModel restored(50);
  restored.restore(sr::Json::parse(model.state().dump()));
  CHECK(restored.state() == model.state());
  CHECK(restored.predict({100, 7}) == model.predict({100, 7}));
}
