#include "data/sample_order.h"

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>
#include <vector>

#include "support/catch.h"

namespace sr {
namespace {

SampleOrder images_in_windows(std::uint64_t images, std::uint64_t repeats, std::uint64_t window) {
  return {7, shuffled_items(7, images), {repeats, window}};
}

PairList list_of(std::size_t images, int lq_side) {
  PairList list;
  for (std::size_t i = 0; i < images; ++i) {
    ImagePair pair;
    pair.lq_width = pair.lq_height = lq_side;
    pair.root = i < 10 ? 0 : 1;
    list.pairs.push_back(pair);
  }
  return list;
}

}  // namespace

TEST_CASE("a pass shows every image as often as it has crops per decode", "[data]") {
  for (const std::uint64_t window : {1U, 4U, 10U, 23U, 100U}) {
    const SampleOrder order = images_in_windows(23, 8, window);
    REQUIRE(order.samples_per_pass() == 23 * 8);
    for (std::uint64_t pass = 0; pass < 3; ++pass) {
      std::map<std::uint64_t, int> times;
      for (std::uint64_t i = 0; i < order.samples_per_pass(); ++i) {
        ++times[order.item(pass * order.samples_per_pass() + i)];
      }
      CHECK(times.size() == 23);
      CHECK(std::all_of(times.begin(), times.end(), [](const auto& t) { return t.second == 8; }));
    }
  }
}

TEST_CASE("a window holds no more images than stated and its samples are mixed", "[data]") {
  const SampleOrder order = images_in_windows(100, 8, 12);
  const std::uint64_t pass_end = 2 * order.samples_per_pass();
  int windows = 0;
  for (std::uint64_t begin = order.samples_per_pass(); begin < pass_end; ++windows) {
    const std::uint64_t end = order.window_end(begin);
    REQUIRE(end > begin);
    REQUIRE(end <= pass_end);
    std::set<std::uint64_t> images;
    int repeated_in_a_row = 0;
    for (std::uint64_t sample = begin; sample < end; ++sample) {
      REQUIRE(order.window_end(sample) == end);
      images.insert(order.item(sample));
      repeated_in_a_row += sample > begin && order.item(sample) == order.item(sample - 1) ? 1 : 0;
    }
    CHECK(images.size() <= 12);
    CHECK((end - begin) == images.size() * 8);
    CHECK(repeated_in_a_row < static_cast<int>(end - begin) / 4);  // unmixed: 7 of 8
    begin = end;
  }
  CHECK(windows == 9);
}

TEST_CASE("windows of one image and one crop leave the order of images as it is", "[data]") {
  const auto items = shuffled_items(7, 31);
  const SampleOrder order = images_in_windows(31, 1, 1);
  for (std::uint64_t sample = 0; sample < 93; ++sample) {
    REQUIRE(order.item(sample) == items->item(sample / 31, sample % 31));
    REQUIRE(order.window_end(sample) == sample + 1);
  }
  CHECK_THROWS_AS(images_in_windows(3, 0, 1), std::invalid_argument);
  CHECK_THROWS_AS(images_in_windows(3, 1, 0), std::invalid_argument);
}

TEST_CASE("windows are sized by the decoded bytes of the list alone", "[data]") {
  // 512 LQ pixels a side at x2: 3 * 512 * 512 * 5 bytes = 3.75 MiB, 136 of them in 512 MiB.
  const PairList list = list_of(1000, 512);
  CHECK(decoded_bytes(list, 2) == std::int64_t{1000} * 3 * 512 * 512 * 5);
  DatasetConfig config;
  config.crops_per_decode = 4;
  const SampleOrder order = make_sample_order(list, config, 2, 1);
  CHECK(order.samples_per_pass() == 4000);
  CHECK(order.window_end(0) == 500);  // 8 windows of 125 images
  config.crops_per_decode = 1;
  CHECK(make_sample_order(list, config, 2, 1).window_end(0) == 1);
}

TEST_CASE("the order of a set follows its weights and its scenes", "[data]") {
  PairList list = list_of(30, 64);
  DatasetConfig config;
  config.dataroot_weights = {1.0, 1.0};
  const SampleOrder weighted = make_sample_order(list, config, 2, 1);
  int first_root = 0;
  for (std::uint64_t sample = 0; sample < 30; ++sample) {
    first_root += weighted.item(sample) < 10 ? 1 : 0;
  }
  CHECK(first_root == 15);

  config.dataroot_weights.clear();
  config.clip_size = 3;
  list.scenes = {{"a", 0, 10, false}, {"b", 10, 20, false}};
  const SampleOrder video = make_sample_order(list, config, 2, 1);
  CHECK(video.samples_per_pass() == 26);
  CHECK(video.window_end(0) == 26);  // so few frames are one window
}

}  // namespace sr
