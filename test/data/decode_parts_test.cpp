#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "data/decode_queue.h"
#include "support/catch.h"
#include "support/random_walk.h"

namespace sr {
namespace {

constexpr int kSide = 8;
constexpr std::int64_t kImageBytes = 2 * 3 * kSide * kSide;

/// Images of which samples need a square that begins at (sample % 4, 0) and is `need` wide.
struct FakeParts {
  DecodeQueue::Source source() {
    DecodeQueue::Source source;
    source.image_of = [this](std::uint64_t sample) { return sample / samples_per_image % count; };
    source.decode = [this](std::uint64_t image, std::optional<std::uint64_t> only) {
      return decode(image, only);
    };
    source.suffices = [this](const PairImage& part, std::uint64_t sample) {
      return part.holds(square(sample), 1);
    };
    source.bytes_of = [](std::uint64_t) { return kImageBytes; };
    return source;
  }
  cv::Rect square(std::uint64_t sample) const {
    return {static_cast<int>(sample % 4), 0, need, need};
  }
  PairImage decode(std::uint64_t image, std::optional<std::uint64_t> only) {
    const cv::Rect square_then = square(only.value_or(0));
    {
      const std::lock_guard lock(mutex);
      ++(only ? parts : wholes)[image];
    }
    while (blocked) {
      std::this_thread::sleep_for(std::chrono::microseconds(100));
    }
    const ImagePart part =
        only ? ImagePart(cv::Mat(square_then.size(), CV_8UC3), square_then.tl(), {kSide, kSide})
             : ImagePart(cv::Mat(kSide, kSide, CV_8UC3));
    return {part, part};
  }
  int decodes(std::map<std::uint64_t, int>& of, std::uint64_t image) {
    const std::lock_guard lock(mutex);
    return of[image];
  }

  std::uint64_t count = 1000;
  std::uint64_t samples_per_image = 1;
  std::atomic<int> need = 2;
  std::atomic<bool> blocked{false};
  std::mutex mutex;
  std::map<std::uint64_t, int> parts, wholes;  ///< how often decoded, by image
};

/// How many of the samples have what they need.
int fetched(DecodeQueue& queue, const FakeParts& images, std::uint64_t first, std::size_t count) {
  std::vector<DecodeQueue::Item> items(count);
  queue.fetch(first, first, items);
  int good = 0;
  for (std::size_t i = 0; i < count; ++i) {
    good += items[i]->holds(images.square(first + i), 1) ? 1 : 0;
  }
  return good;
}

}  // namespace

TEST_CASE("of an image that one sample shows only what it needs is decoded", "[data]") {
  FakeParts images;
  DecodeQueue queue({.threads = 2}, images.source());
  CHECK(fetched(queue, images, 0, 8) == 8);
  CHECK(images.wholes.empty());
  CHECK(fetched(queue, images, 8, 8) == 8);
  CHECK(fetched(queue, images, 8, 8) == 8);
  for (std::uint64_t image = 0; image < 16; ++image) {
    CHECK(images.decodes(images.parts, image) == 1);
  }
}

TEST_CASE("a part that was decoded for a smaller size is decoded again, for a larger not",
          "[data]") {
  FakeParts images;
  DecodeQueue queue({.threads = 3}, images.source());
  CHECK(fetched(queue, images, 0, 8) == 8);
  images.need = 4;
  CHECK(fetched(queue, images, 0, 8) == 8);
  for (std::uint64_t image = 0; image < 8; ++image) {
    CHECK(images.decodes(images.parts, image) == 2);
  }
  images.need = 3;
  CHECK(fetched(queue, images, 0, 8) == 8);
  for (std::uint64_t image = 0; image < 8; ++image) {
    CHECK(images.decodes(images.parts, image) == 2);
  }
}

TEST_CASE("a size that grows while a part is being decoded is waited for", "[data]") {
  FakeParts images;
  DecodeQueue queue({.threads = 1}, images.source());
  images.blocked = true;
  std::jthread before([&] { fetched(queue, images, 0, 1); });
  while (images.decodes(images.parts, 0) == 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  images.need = 4;  // `square` of that decode was taken before
  images.blocked = false;
  before.join();
  CHECK(fetched(queue, images, 0, 1) == 1);
  CHECK(images.decodes(images.parts, 0) == 2);
}

TEST_CASE("an image that several samples show is decoded whole", "[data]") {
  FakeParts images;
  images.samples_per_image = 2;
  DecodeQueue queue({.threads = 2}, images.source());
  CHECK(fetched(queue, images, 0, 8) == 8);
  CHECK(fetched(queue, images, 8, 8) == 8);
  CHECK(images.parts.empty());
}

TEST_CASE("a part does not stand in for the image when another sample shows it", "[data]") {
  FakeParts images;
  images.samples_per_image = 64;  // one more than what is decoded ahead of a sample
  DecodeQueue queue({.threads = 1, .ahead_bytes = 0}, images.source());
  CHECK(fetched(queue, images, 63, 1) == 1);  // image 0, which no other sample alive shows
  CHECK(images.decodes(images.parts, 0) == 1);
  CHECK(images.decodes(images.wholes, 0) == 0);
  std::vector<DecodeQueue::Item> items(4);
  queue.fetch(60, 60, items);
  for (std::uint64_t i = 0; i < 4; ++i) {
    CHECK(items[i]->holds(images.square(60 + i), 1));
  }
  CHECK(images.decodes(images.wholes, 0) == 1);
}

TEST_CASE("images that find room in the cache are whole and parts never take it", "[data]") {
  FakeParts images;
  images.count = 10;
  DecodeQueue queue({.threads = 1, .cache_bytes = 3 * kImageBytes + kImageBytes / 2},
                    images.source());
  for (std::uint64_t cursor = 0; cursor < 40; ++cursor) {
    images.need = 1 + static_cast<int>(cursor % 5);
    CHECK(fetched(queue, images, cursor, 1) == 1);
  }
  int cached = 0;
  for (std::uint64_t image = 0; image < 10; ++image) {
    const int wholes = images.decodes(images.wholes, image);
    const int parts = images.decodes(images.parts, image);
    CHECK(wholes + parts >= 1);
    cached += wholes == 1 && parts == 0 ? 1 : 0;
    CHECK(wholes <= 1);
    CHECK((wholes == 1 || parts >= 4));
  }
  CHECK(cached == 3);
}

TEST_CASE("random jumps and sizes give every sample what it needs", "[data]") {
  FakeParts images;
  images.count = 30;
  DecodeQueue queue({.threads = 4, .cache_bytes = 5 * kImageBytes, .ahead_bytes = 9 * kImageBytes},
                    images.source());
  test::RandomWalk walk(1);
  for (int round = 0; round < 1000; ++round) {
    images.need = 1 + static_cast<int>(walk.draw(5));
    const std::uint64_t first = walk.draw(100);
    const std::size_t count = 1 + walk.draw(40);
    REQUIRE(fetched(queue, images, first, count) == static_cast<int>(count));
  }
  const DecodeQueue::Stats stats = queue.take_stats();
  CHECK(stats.decoded_pixels > 0);
  CHECK(images.wholes.size() > 5);
  CHECK(images.parts.size() > 5);
}

}  // namespace sr
