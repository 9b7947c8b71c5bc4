#include "automation/size_limits.h"

#include "core/error.h"
#include "support/catch.h"
#include "support/size_text.h"

using sr::TrainingSize;

namespace {

sr::SizeControllerSettings settings(int lq_size, int batch_size) {
  sr::SizeControllerSettings made;
  made.configured = {lq_size, batch_size};
  return made;
}

}  // namespace

TEST_CASE("a size outside the limits or off the multiple cannot be made", "[automation]") {
  const sr::SizeLimits limits(settings(64, 8));
  CHECK(limits.make(64, 8) == TrainingSize{64, 8});
  CHECK(limits.make(32, 2) == limits.minimum());
  CHECK(limits.make(256, 64) == limits.maximum());
  for (const TrainingSize bad :
       {TrainingSize{24, 8}, {264, 8}, {66, 8}, {64, 1}, {64, 65}, {0, 0}}) {
    INFO(bad.lq_size << " x " << bad.batch_size);
    CHECK_FALSE(limits.make(bad.lq_size, bad.batch_size).has_value());
  }
}

TEST_CASE("at_most rounds down to a legal size", "[automation]") {
  const sr::SizeLimits limits(settings(64, 8));
  CHECK(limits.at_most({79, 100}) == TrainingSize{72, 64});
  CHECK(limits.at_most({1, 0}) == TrainingSize{32, 2});
  CHECK(limits.at_most({9999, 5}) == TrainingSize{256, 5});
}

TEST_CASE("the configured lq_size is legal even when it is no multiple", "[automation]") {
  const sr::SizeLimits limits(settings(50, 8));
  CHECK(limits.make(50, 8).has_value());
  CHECK(limits.lq_above(48) == 50);
  CHECK(limits.lq_above(50) == 56);
  CHECK_FALSE(limits.lq_above(256).has_value());
}

TEST_CASE("the images bound growth but not the configured size", "[automation]") {
  auto small_images = settings(32, 4);
  small_images.data_lq_limit = 60;
  const sr::SizeLimits limits(small_images);
  CHECK(limits.maximum().lq_size == 56);
  CHECK(limits.limited_by_data());
  small_images.configured.lq_size = 96;
  CHECK(sr::SizeLimits(small_images).maximum().lq_size == 96);
  small_images.data_lq_limit = 1000;
  CHECK(sr::SizeLimits(small_images).maximum().lq_size == 256);
  CHECK_FALSE(sr::SizeLimits(small_images).limited_by_data());
}

TEST_CASE("a pair of more pixels than the libraries manage is none", "[automation]") {
  sr::SizeLimits limits(settings(64, 4));
  limits.set_most_pixels(64 * 64 * 8);
  CHECK(limits.make(64, 8).has_value());
  CHECK_FALSE(limits.make(64, 9).has_value());
  CHECK_FALSE(limits.make(72, 8).has_value());
  CHECK(limits.make(88, 4).has_value());
}

TEST_CASE("a network's own multiple replaces the steps of 8", "[automation]") {
  auto windowed = settings(64, 4);
  windowed.lq_multiple = 16;
  const sr::SizeLimits limits(windowed);
  CHECK(limits.lq_above(64) == 80);
  CHECK_FALSE(limits.make(72, 4).has_value());
}

TEST_CASE("contradicting limits are refused by name", "[automation]") {
  auto bad = settings(64, 8);
  bad.min_batch_size = 16;
  CHECK_THROWS_WITH(sr::SizeLimits(bad),
                    "batch_size 8 is outside min_batch_size 16 .. max_batch_size 64");
  bad = settings(512, 8);
  CHECK_THROWS_WITH(sr::SizeLimits(bad),
                    "lq_size 512 is outside min_lq_size 32 .. max_lq_size 256");
  bad = settings(64, 8);
  bad.min_lq_size = 300;
  CHECK_THROWS_AS(sr::SizeLimits(bad), sr::ConfigError);
}
