#include <cstdint>
#include <cstring>
#include <vector>

#include "data/loader.h"
#include "data/reference_patch.h"
#include "support/catch.h"

namespace sr {
namespace {

using test::CodedSet;
using test::TempFolder;

const std::vector<cv::Size> kSizes = {{40, 30}, {16, 50}, {64, 64}, {33, 20}, {24, 24}};

/// Whether image i of one batch is image k of another, LQ and GT.
bool same_image(const Batch& batch, int i, const Batch& other, int k) {
  const auto same = [&](const HostPixels& a, const HostPixels& b) {
    const std::size_t image = a.bytes() / static_cast<std::size_t>(a.count);
    return std::memcmp(a.data + static_cast<std::size_t>(i) * image,
                       b.data + static_cast<std::size_t>(k) * image, image) == 0;
  };
  return same(batch.lq, other.lq) && same(batch.gt, other.gt);
}

/// With windows of samples (crops_per_decode) and without.
Sampler sampler_of(const std::vector<ImagePair>& pairs, std::uint64_t crops) {
  const SampleOrder order(11, shuffled_items(11, pairs.size()), {crops, 2});
  return {order, 11, true, true};
}

/// Steps of sizes that change, with the next batch foreseen rightly and wrongly.
const std::vector<TrainingSize> kSteps = {{8, 3}, {8, 3}, {16, 1}, {12, 7}, {8, 2}, {8, 2}};

TEST_CASE("Processes that deal samples in turns take those of one, each once", "[data]") {
  const std::uint64_t processes = GENERATE(2U, 3U);
  const std::uint64_t crops = GENERATE(1U, 4U);
  constexpr std::uint64_t kOrigin = 5;
  const TempFolder folder;
  const CodedSet set(folder, kSizes, 2);
  const auto pairs = set.pairs();
  const Sampler sampler = sampler_of(pairs, crops);
  for (std::uint64_t process = 0; process < processes; ++process) {
    Loader whole({.pairs = pairs}, sampler, {.threads = 1});
    Loader own({.pairs = pairs}, sampler, {.threads = 2, .share = {kOrigin, processes, process}});
    std::uint64_t cursor = kOrigin;
    for (const TrainingSize size : kSteps) {
      const Batch part = own.take(cursor, size);
      own.prefetch(part.next_sample, size);
      const TrainingSize all{size.lq_size, size.batch_size * static_cast<int>(processes)};
      const Batch step = whole.take(cursor, all);
      CHECK(part.first_sample == cursor);
      CHECK(part.next_sample == step.next_sample);
      for (int i = 0; i < size.batch_size; ++i) {
        CHECK(
            same_image(part, i, step, i * static_cast<int>(processes) + static_cast<int>(process)));
        const auto index = static_cast<std::size_t>(i);
        const auto count = static_cast<std::size_t>(size.batch_size);
        CHECK(part.numbers.at(index, count) ==
              step.numbers.at(index * processes + process, count * processes));
      }
      const Batch again = own.take(cursor, {8, 1});  // the step is tried again, smaller
      const Batch again_whole = whole.take(cursor, {8, static_cast<int>(processes)});
      CHECK(same_image(again, 0, again_whole, static_cast<int>(process)));
      cursor = part.next_sample;
    }
  }
}

TEST_CASE("The parts of a batch in turns are the batches of so many processes", "[data]") {
  constexpr int kParts = 3;
  constexpr int kSize = 2;
  const TempFolder folder;
  const CodedSet set(folder, kSizes, 2);
  const auto pairs = set.pairs();
  const Sampler sampler = sampler_of(pairs, 1);
  Loader alone({.pairs = pairs}, sampler, {.threads = 2, .parts_in_turns = kParts});
  for (std::uint64_t cursor = 0; cursor < 30; cursor += kParts * kSize) {
    const Batch batch = alone.take(cursor, {8, kParts * kSize});
    CHECK(batch.next_sample == cursor + kParts * kSize);
    for (std::uint64_t process = 0; process < kParts; ++process) {
      Loader loader({.pairs = pairs}, sampler, {.threads = 1, .share = {0, kParts, process}});
      const Batch part = loader.take(cursor, {8, kSize});
      for (int i = 0; i < kSize; ++i) {
        CHECK(same_image(batch, static_cast<int>(process) * kSize + i, part, i));
        const auto index = static_cast<std::size_t>(i);
        CHECK(batch.numbers.at(process * kSize + index, kParts * kSize) ==
              part.numbers.at(index, kSize));
      }
    }
  }
}

}  // namespace
}  // namespace sr
