#include <cstring>
#include <map>
#include <memory>
#include <vector>

#include "core/error.h"
#include "core/units.h"
#include "data/batch_assembly.h"
#include "data/loader.h"
#include "data/test_images.h"
#include "image/resize.h"
#include "support/catch.h"
#include "support/video.h"

// The loader on video: what comes out of mixed windows and lanes is what a plain decode from the
// beginning gives, frame by frame.

namespace sr {
namespace {

using test::TempFolder;

constexpr int kScale = 2;
constexpr TrainingSize kSize{12, 6};

DatasetConfig video_set(const TempFolder& folder, int clip_size) {
  test::write_video(folder / "gt/a.mp4", 23, {64, 48});
  test::write_video(folder / "gt/b.avi", 9, {80, 32}, 40);
  test::write_video(folder / "gt/c.mp4", 14, {48, 48}, 100);
  test::write_video(folder / "gt/d.mp4", 5, {32, 32}, 60);
  test::write_video(folder / "gt/e.avi", 30, {32, 64}, 10);
  DatasetConfig config;
  config.key = "train";
  config.type = "singlevideodataset";
  config.dataroot_gt = {(folder / "gt").string()};
  config.lq_size = kSize.lq_size;
  config.clip_size = clip_size;
  return config;
}

/// Every frame of a list by a plain decode of its files.
std::vector<std::shared_ptr<const PairImage>> plain_frames(const PairList& list) {
  std::map<std::filesystem::path, std::vector<cv::Mat>> files;
  std::vector<std::shared_ptr<const PairImage>> frames;
  for (const ImagePair& pair : list.pairs) {
    if (!files.contains(pair.gt)) {
      files[pair.gt] = test::decode_in_sequence(pair.gt);
    }
    const cv::Mat& gt = files[pair.gt].at(static_cast<std::size_t>(pair.gt_frame));
    frames.push_back(std::make_shared<const PairImage>(
        PairImage{resize_bicubic_to(gt, pair.lq_width, pair.lq_height), gt}));
  }
  return frames;
}

Sampler sampler_of(const PairList& list, const DatasetConfig& config) {
  return {make_sample_order(list, config, kScale, 5), 5, true, true};
}

bool holds(const HostPixels& pixels, const std::vector<std::uint8_t>& expected) {
  return pixels.bytes() == expected.size() &&
         std::memcmp(pixels.data, expected.data(), expected.size()) == 0;
}

}  // namespace

TEST_CASE("batches of video hold the frames of a plain decode", "[data][video]") {
  for (const int clip_size : {1, 3}) {
    const TempFolder folder;
    const DatasetConfig config = video_set(folder, clip_size);
    const PairList list = list_pairs(config, kScale);
    const auto frames = plain_frames(list);
    REQUIRE(frames.size() == 81);
    const Sampler sampler = sampler_of(list, config);
    const auto clip = static_cast<std::size_t>(clip_size);
    REQUIRE(sampler.order().samples_per_pass() == 81 - 5 * (clip - 1));
    for (const int threads : {1, 4}) {
      for (const std::int64_t cache : {std::int64_t{0}, 200 * kKiB, kGiB}) {
        Loader loader(list, sampler,
                      {.scale = kScale,
                       .clip_size = clip_size,
                       .threads = threads,
                       .cache = {CacheMode::kBytes, cache}});
        std::vector<std::uint8_t> lq(6 * 12 * 12 * 3 * clip);
        std::vector<std::uint8_t> gt(6 * 24 * 24 * 3);
        int wrong = 0;
        for (std::uint64_t cursor = 0; cursor < 180; cursor += 6) {
          std::vector<BatchItem> items;
          for (std::uint64_t sample = cursor; sample < cursor + 6; ++sample) {
            const SampleDescriptor what = sampler(sample);
            items.push_back({what, std::span(frames).subspan(what.image - clip / 2, clip)});
          }
          assemble(items, {12, kScale, clip_size}, std::span(lq), std::span(gt));
          const Batch batch = loader.take(cursor, kSize);
          wrong += holds(batch.lq, lq) && holds(batch.gt, gt) ? 0 : 1;
          loader.prefetch(cursor + 6, kSize);
        }
        INFO("clip_size " << clip_size << ", " << threads << " threads, cache " << cache);
        CHECK(wrong == 0);
      }
    }
  }
}

TEST_CASE("a loader of video may begin anywhere and change its size", "[data][video]") {
  const TempFolder folder;
  const DatasetConfig config = video_set(folder, 1);
  const PairList list = list_pairs(config, kScale);
  const Sampler sampler = sampler_of(list, config);
  const auto taken = [&](Loader& loader, std::uint64_t cursor, TrainingSize size) {
    const HostPixels pixels = loader.take(cursor, size).gt;
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(pixels.data);
    return std::vector<std::uint8_t>(bytes, bytes + pixels.bytes());
  };
  Loader whole(list, sampler, {.scale = kScale, .threads = 2, .cache = {CacheMode::kOff, 0}});
  for (std::uint64_t cursor = 0; cursor < 100; cursor += 10) {
    taken(whole, cursor, {8, 10});
  }
  const auto expected = taken(whole, 100, {12, 7});
  CHECK(taken(whole, 100, {12, 7}) == expected);
  Loader resumed(list, sampler, {.scale = kScale, .threads = 3, .cache = {CacheMode::kOff, 0}});
  CHECK(taken(resumed, 100, {12, 7}) == expected);
}

TEST_CASE("a video that changes during the run is named", "[data][video]") {
  const TempFolder folder;
  const DatasetConfig config = video_set(folder, 1);
  const PairList list = list_pairs(config, kScale);
  Loader loader(list, sampler_of(list, config),
                {.scale = kScale, .threads = 2, .cache = {CacheMode::kOff, 0}});
  for (const char* name : {"a.mp4", "b.avi", "c.mp4", "d.mp4", "e.avi"}) {
    folder.write(std::string("gt/") + name, "overwritten by something else");
  }
  const auto text = test::message_of<DataError>([&] { loader.take(0, kSize); });
  CHECK(test::contains(text, "has changed since the start"));
  CHECK(test::contains(text, (folder / "gt").string()));
}

}  // namespace sr
