#include "data/decode_queue.h"

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <opencv2/core.hpp>

#include "core/error.h"
#include "support/catch.h"
#include "support/random_walk.h"

namespace sr {
namespace {

constexpr std::int64_t kImageBytes = 4 * 4 * 3 * 2;

/// Images that are made, not read: image n is a pair filled with n. Counts how often each was asked
/// for.
struct FakeImages {
  explicit FakeImages(std::uint64_t image_count) : count(image_count), decodes(image_count) {}

  DecodeQueue::Source source() {
    return {.image_of = [this](std::uint64_t sample) { return sample % count; },
            .window_end = {},
            .stream_of = {},
            .decode = [this](std::uint64_t image,
                             std::optional<std::uint64_t>) { return decode(image); },
            .suffices = {},
            .bytes_of = {}};
  }
  PairImage decode(std::uint64_t image) {
    ++decodes[image];
    while (blocked) {
      std::this_thread::sleep_for(std::chrono::microseconds(100));
    }
    if (static_cast<std::int64_t>(image) == bad) {
      throw DataError(fmt::format("image {} is bad", image));
    }
    const cv::Scalar value = cv::Scalar::all(static_cast<double>(image % 256));
    return {cv::Mat(4, 4, CV_8UC3, value), cv::Mat(4, 4, CV_8UC3, value)};
  }
  int total_decodes() const {
    int total = 0;
    for (const auto& number : decodes) {
      total += number;
    }
    return total;
  }
  /// Waits for that many decodes, and a little longer for one too many; how many there were.
  int decodes_until(int expected) const {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (total_decodes() < expected && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return total_decodes();
  }

  std::uint64_t count;
  std::vector<std::atomic<int>> decodes;
  std::atomic<bool> blocked{false};
  std::atomic<std::int64_t> bad{-1};
};

std::vector<int> fetch(DecodeQueue& queue, std::uint64_t first, std::size_t count,
                       std::uint64_t keep_from) {
  std::vector<DecodeQueue::Item> items(count);
  queue.fetch(first, keep_from, items);
  std::vector<int> numbers;
  for (const DecodeQueue::Item& item : items) {
    numbers.push_back(item->lq.whole().at<cv::Vec3b>(0, 0)[0]);
  }
  return numbers;
}

std::vector<int> fetch(DecodeQueue& queue, std::uint64_t first, std::size_t count) {
  return fetch(queue, first, count, first);
}

}  // namespace

TEST_CASE("samples come in order whatever the number of threads", "[data]") {
  for (const int threads : {1, 4}) {
    FakeImages images(10);
    DecodeQueue queue({.threads = threads}, images.source());
    CHECK(fetch(queue, 0, 3) == std::vector<int>{0, 1, 2});
    CHECK(fetch(queue, 3, 9) == std::vector<int>{3, 4, 5, 6, 7, 8, 9, 0, 1});
    CHECK(fetch(queue, 1'000'000'000'005, 2) == std::vector<int>{5, 6});
    CHECK(fetch(queue, 2, 1) == std::vector<int>{2});
  }
}

TEST_CASE("a request larger than the queue and the set does not block", "[data]") {
  FakeImages images(5);
  DecodeQueue queue({.threads = 2, .cache_bytes = 0, .ahead_bytes = 0}, images.source());
  CHECK(fetch(queue, 0, 1000).size() == 1000);
  CHECK(images.decodes_until(5) == 5);  // each image once, however many samples show it
}

TEST_CASE("decoding runs ahead of the cursor by a bounded number of samples", "[data]") {
  FakeImages images(1000);
  DecodeQueue queue({.threads = 2}, images.source());
  fetch(queue, 0, 8);
  CHECK(images.decodes_until(16) == 16);
  fetch(queue, 8, 8);
  CHECK(images.decodes_until(24) == 24);
}

TEST_CASE("decoding ahead stops at its byte limit but never before what was asked for", "[data]") {
  FakeImages images(1000);
  DecodeQueue queue({.threads = 1, .cache_bytes = 0, .ahead_bytes = 10 * kImageBytes},
                    images.source());
  fetch(queue, 0, 8);
  CHECK(images.decodes_until(10) == 10);
  fetch(queue, 8, 20);
  CHECK(images.decodes_until(28) == 28);
}

TEST_CASE("a retry at the same cursor decodes nothing again", "[data]") {
  FakeImages images(1000);
  DecodeQueue queue({.threads = 2}, images.source());
  fetch(queue, 0, 64);
  CHECK(images.decodes_until(128) == 128);
  CHECK(fetch(queue, 0, 2) == std::vector<int>{0, 1});
  CHECK(fetch(queue, 2, 62).back() == 63);
  for (std::size_t i = 0; i < 64; ++i) {
    CHECK(images.decodes[i] == 1);
  }
  CHECK(images.decodes_until(128) == 128);
}

TEST_CASE("samples that are to be kept survive a request further on", "[data]") {
  FakeImages images(1000);
  DecodeQueue queue({.threads = 2}, images.source());
  fetch(queue, 0, 4);
  fetch(queue, 4, 4, 0);
  fetch(queue, 0, 4);
  CHECK(images.decodes[0] == 1);
  fetch(queue, 4, 4);
  fetch(queue, 0, 4);  // this time they had been given up
  CHECK(images.decodes[0] == 2);
}

TEST_CASE("with a cache for all of them each image is decoded once", "[data]") {
  FakeImages images(20);
  DecodeQueue queue({.threads = 3, .cache_bytes = 20 * kImageBytes}, images.source());
  for (std::uint64_t cursor = 0; cursor < 100; cursor += 5) {
    CHECK(fetch(queue, cursor, 5).front() == static_cast<int>(cursor % 20));
  }
  CHECK(images.decodes_until(20) == 20);
}

TEST_CASE("a small cache keeps what fits and streams the rest", "[data]") {
  FakeImages images(20);
  DecodeQueue queue({.threads = 1, .cache_bytes = 7 * kImageBytes + 1}, images.source());
  for (std::uint64_t cursor = 0; cursor < 60; cursor += 2) {
    CHECK(fetch(queue, cursor, 2) ==
          std::vector<int>{static_cast<int>(cursor % 20), static_cast<int>((cursor + 1) % 20)});
  }
  int kept = 0;
  for (const auto& number : images.decodes) {
    kept += number == 1 ? 1 : 0;
  }
  CHECK(kept == 7);
}

TEST_CASE("a failed image is thrown to who asks for it and to nobody else", "[data]") {
  FakeImages images(100);
  images.bad = 6;
  DecodeQueue queue({.threads = 2}, images.source());
  CHECK(fetch(queue, 0, 6).size() == 6);
  CHECK_THROWS_AS(fetch(queue, 4, 4), DataError);
  CHECK_THROWS_AS(fetch(queue, 4, 4), DataError);  // again, without a second attempt
  CHECK(images.decodes[6] == 1);
  CHECK(fetch(queue, 10, 4) == std::vector<int>{10, 11, 12, 13});
  images.bad = -1;
  CHECK(fetch(queue, 6, 1) == std::vector<int>{6});  // the file was mended meanwhile
}

TEST_CASE("a request waits for images that are still being decoded", "[data]") {
  FakeImages images(1000);
  DecodeQueue queue({.threads = 2, .cache_bytes = 0, .ahead_bytes = 0}, images.source());
  fetch(queue, 0, 1);
  images.blocked = true;
  std::jthread asking([&] { fetch(queue, 500, 2); });
  while (images.decodes[500] == 0 || images.decodes[501] == 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  images.blocked = false;
  asking.join();
  CHECK(fetch(queue, 500, 2) == std::vector<int>{500 % 256, 501 % 256});
  CHECK(images.decodes[500] == 1);
}

TEST_CASE("a queue ends cleanly while its threads work or wait", "[data]") {
  for (int round = 0; round < 50; ++round) {
    FakeImages images(1000);
    DecodeQueue queue({.threads = 4}, images.source());
    if (round % 2 == 0) {
      fetch(queue, 0, 4);
    }
  }
  SUCCEED("no thread was left behind");
}

TEST_CASE("statistics count samples once and start anew at each call", "[data]") {
  FakeImages images(4);
  DecodeQueue queue({.threads = 1, .cache_bytes = kImageBytes * 100}, images.source());
  fetch(queue, 0, 4);  // lines up 8 samples of 4 images
  const DecodeQueue::Stats first = queue.take_stats();
  CHECK(first.images == 8);
  CHECK(first.from_memory == 4);
  CHECK(first.decoded_pixels == 4 * 32);
  CHECK(first.decode_seconds > 0);
  fetch(queue, 0, 2);
  fetch(queue, 4, 4);
  const DecodeQueue::Stats second = queue.take_stats();
  CHECK(second.images == 4);
  CHECK(second.from_memory == 4);
  CHECK(second.decoded_pixels == 0);
}

TEST_CASE("random jumps and sizes always give the samples asked for", "[data]") {
  FakeImages images(50);
  DecodeQueue queue({.threads = 4, .cache_bytes = 10 * kImageBytes, .ahead_bytes = 5 * kImageBytes},
                    images.source());
  test::RandomWalk walk(1);
  for (int round = 0; round < 500; ++round) {
    const std::uint64_t first = walk.draw(200);
    const std::size_t count = 1 + walk.draw(40);
    const std::vector<int> numbers =
        fetch(queue, first, count, first - std::min<std::uint64_t>(first, walk.draw(10)));
    for (std::size_t i = 0; i < count; ++i) {
      REQUIRE(numbers[i] == static_cast<int>((first + i) % 50));
    }
  }
}

TEST_CASE("the images of a window are decoded once though its samples are mixed", "[data]") {
  FakeImages images(1000);
  DecodeQueue::Source source = images.source();
  // Windows of 12 samples over 3 images, shown in turn.
  source.image_of = [](std::uint64_t sample) { return sample / 12 * 3 + sample % 3; };
  source.window_end = [](std::uint64_t sample) { return sample / 12 * 12 + 12; };
  DecodeQueue queue({.threads = 2, .cache_bytes = 0, .ahead_bytes = 0}, source);
  for (std::uint64_t sample = 0; sample < 120; sample += 4) {
    CHECK(fetch(queue, sample, 4).size() == 4);
  }
  CHECK(images.decodes_until(30) == 30);
  for (std::size_t image = 0; image < 30; ++image) {
    CHECK(images.decodes[image] == 1);
  }
}

TEST_CASE("a stream is decoded by one thread at a time and in ascending order", "[data]") {
  constexpr std::uint64_t kImages = 400;
  std::mutex mutex;
  std::map<std::uint64_t, std::uint64_t> position;
  std::set<std::uint64_t> busy;
  int faults = 0;
  DecodeQueue::Source source;
  source.image_of = [](std::uint64_t sample) {  // windows of 40, backwards inside
    return sample % kImages / 40 * 40 + (39 - sample % 40);
  };
  source.window_end = [](std::uint64_t sample) { return sample / 40 * 40 + 40; };
  source.stream_of = [](std::uint64_t image) { return image % 4 + 1; };
  source.decode = [&](std::uint64_t image, std::optional<std::uint64_t>) {
    const std::uint64_t stream = image % 4;
    {
      const std::lock_guard lock(mutex);
      faults += busy.insert(stream).second ? 0 : 1;
      faults += image >= position[stream] ? 0 : 1;
      position[stream] = image;
    }
    std::this_thread::sleep_for(std::chrono::microseconds(50));
    const std::lock_guard lock(mutex);
    busy.erase(stream);
    return PairImage{cv::Mat(4, 4, CV_8UC3), cv::Mat(4, 4, CV_8UC3)};
  };
  {
    DecodeQueue queue({.threads = 4, .cache_bytes = 0, .ahead_bytes = 0}, source);
    std::vector<DecodeQueue::Item> items(10);
    // Up to the last window of the pass: the next one would begin at image 0 again.
    for (std::uint64_t sample = 0; sample + 40 < kImages; sample += 10) {
      queue.fetch(sample, sample, items);
    }
  }
  CHECK(faults == 0);
}

TEST_CASE("a sample of several images shows them in a row and shares them with others", "[data]") {
  FakeImages images(1000);
  DecodeQueue queue({.threads = 2, .images_per_sample = 3}, images.source());
  const std::vector<int> numbers = fetch(queue, 10, 6);  // two samples of three
  CHECK(numbers == std::vector<int>{10, 11, 12, 11, 12, 13});
  images.decodes_until(4);
  CHECK(images.decodes[12] == 1);
}

}  // namespace sr
