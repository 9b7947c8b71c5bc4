#include <map>
#include <set>

#include "core/checksum.h"
#include "core/error.h"
#include "data/loader.h"
#include "data/sample_order.h"
#include "data/test_images.h"
#include "support/catch.h"
#include "support/pattern.h"

// The loader with a set that is degraded sample by sample.

namespace sr {
namespace {

using test::TempFolder;

constexpr int kScale = 2;

std::uint64_t content(const HostPixels& pixels) {
  return checksum({pixels.data, pixels.bytes()});
}

std::uint64_t content(const Batch& batch) {
  return content(batch.lq) * 31 + content(batch.gt);
}

/// Bytes of one sample of a batch.
std::uint64_t content_of(const HostPixels& pixels, int i) {
  const std::size_t image = pixels.bytes() / static_cast<std::size_t>(pixels.count);
  return checksum({pixels.data + static_cast<std::size_t>(i) * image, image});
}

DatasetConfig degraded_set(const TempFolder& folder, int crops_per_decode = 1) {
  DatasetConfig config;
  config.key = config.name = "train";
  config.type = "realesrgandataset";
  config.dataroot_gt = {(folder / "gt").string()};
  config.lq_size = 12;
  config.crops_per_decode = crops_per_decode;
  return config;
}

void write_images(const TempFolder& folder) {
  const std::vector<cv::Size> sides{{90, 70}, {64, 100}, {24, 26}, {51, 130}, {13, 9}};
  for (std::size_t i = 0; i < sides.size(); ++i) {
    test::write_image(folder / ("gt/" + std::to_string(i) + ".png"),
                      test::pattern(sides[i].width, sides[i].height));
  }
}

Loader make_loader(const DatasetConfig& config, Loader::Options options) {
  PairList list = list_pairs(config, kScale);
  const Sampler sampler(make_sample_order(list, config, kScale, 5), 5, true, true);
  options.scale = kScale;
  options.degradation = config.degradation;
  return Loader(std::move(list), sampler, options);
}

}  // namespace

TEST_CASE("degraded batches do not depend on threads or cache or prefetching", "[data]") {
  const TempFolder folder;
  write_images(folder);
  for (const int crops : {1, 4}) {
    std::set<std::uint64_t> outcomes;
    for (const int threads : {1, 4}) {
      for (const CacheMode cache : {CacheMode::kOff, CacheMode::kAuto}) {
        for (const bool ahead : {false, true}) {
          Loader loader =
              make_loader(degraded_set(folder, crops), {.threads = threads, .cache = {cache, 0}});
          std::uint64_t sum = 0;
          for (std::uint64_t cursor = 0; cursor < 12; cursor += 3) {
            sum = sum * 1'000'003 + content(loader.take(cursor, {12, 3}));
            if (ahead) {
              loader.prefetch(cursor + 3, {12, 3});
            }
          }
          outcomes.insert(sum);
        }
      }
    }
    CHECK(outcomes.size() == 1);
  }
}

TEST_CASE("a sample has the same LQ in whatever batch it comes", "[data]") {
  const TempFolder folder;
  write_images(folder);
  Loader loader = make_loader(degraded_set(folder), {.threads = 2});
  std::map<std::uint64_t, std::uint64_t> lq_of;
  const Batch whole = loader.take(0, {16, 10});
  for (int i = 0; i < 10; ++i) {
    lq_of[static_cast<std::uint64_t>(i)] = content_of(whole.lq, i);
  }
  for (const std::uint64_t sample : {7U, 2U, 9U}) {
    CHECK(content_of(loader.take(sample, {16, 1}).lq, 0) == lq_of[sample]);
  }
  CHECK(content_of(loader.take(4, {16, 3}).lq, 2) == lq_of[6]);
  loader.take(4, {8, 3});  // another size in between
  CHECK(content_of(loader.take(4, {16, 3}).lq, 2) == lq_of[6]);
}

TEST_CASE("GT of a degraded set is that of the same images paired with bicubic LQ", "[data]") {
  const TempFolder folder;
  write_images(folder);
  DatasetConfig bicubic = degraded_set(folder);
  bicubic.type = "singlegtdataset";
  Loader degraded = make_loader(degraded_set(folder), {.threads = 1});
  Loader plain = make_loader(bicubic, {.threads = 1});
  const Batch ours = degraded.take(3, {10, 6});
  const Batch theirs = plain.take(3, {10, 6});
  CHECK(content(ours.gt) == content(theirs.gt));
  CHECK(content(ours.lq) != content(theirs.lq));
}

TEST_CASE("a degraded set with a clip size gives clips of scenes", "[data]") {
  const TempFolder folder;
  for (int i = 0; i < 6; ++i) {
    test::write_image(folder / ("gt/scene_" + std::to_string(i) + ".png"),
                      test::pattern(64 + 2 * i, 60)(cv::Rect(2 * i, 0, 64, 60)));
  }
  DatasetConfig clips = degraded_set(folder);
  clips.clip_size = 3;
  const PairList list = list_pairs(clips, kScale);
  CHECK(list.scenes.size() == 1);
  REQUIRE(list.pairs.size() == 6);
  CHECK(list.pairs.front().degraded);
  DatasetConfig plain = clips;
  plain.type = "singlevideodataset";
  Loader degraded = make_loader(clips, {.clip_size = 3, .threads = 2});
  Loader bicubic = make_loader(plain, {.clip_size = 3, .threads = 1});
  const Batch ours = degraded.take(1, {12, 3});
  const Batch theirs = bicubic.take(1, {12, 3});
  CHECK(ours.lq.channels == 9);
  CHECK(content(ours.gt) == content(theirs.gt));
  CHECK(ours.lq.bytes() == theirs.lq.bytes());
  CHECK(content(ours.lq) != content(theirs.lq));
}

TEST_CASE("a degraded set needs the memory of GT alone", "[data]") {
  const TempFolder folder;
  write_images(folder);
  const PairList list = list_pairs(degraded_set(folder), kScale);
  std::int64_t pixels = 0;
  for (const ImagePair& pair : list.pairs) {
    CHECK(pair.degraded);
    pixels += std::int64_t{pair.lq_width} * pair.lq_height * kScale * kScale;
  }
  CHECK(decoded_bytes(list, kScale) == 3 * pixels);
  Loader loader = make_loader(degraded_set(folder), {.threads = 1});
  loader.take(0, {12, 5});
  CHECK(loader.take_stats().decoded_pixels == pixels);
}

TEST_CASE("a degraded set with a gray and a 16-bit image trains", "[data]") {
  const TempFolder folder;
  test::write_gray(folder / "gt/a.png", 60, 60);
  test::write_image(folder / "gt/b.png", cv::Mat(64, 64, CV_16UC3, cv::Scalar::all(30000)));
  Loader loader = make_loader(degraded_set(folder), {.threads = 1});
  const Batch batch = loader.take(0, {12, 2});
  CHECK(batch.lq.is_float);
  CHECK(batch.gt.is_float);
  CHECK(batch.lq.side == 12);
  CHECK(batch.gt.side == 24);
}

TEST_CASE("every bad file of a degraded set is named", "[data]") {
  const TempFolder folder;
  write_images(folder);
  folder.write("gt/broken.png", "\x89PNG\r\n\x1a\nnothing");
  folder.write("gt/empty.jpg", "");
  const auto text = test::message_of<DataError>([&] { list_pairs(degraded_set(folder), kScale); });
  CHECK(test::contains(text, "broken.png"));
  CHECK(test::contains(text, "empty.jpg"));
  CHECK(test::contains(text, "2 problems"));
}

TEST_CASE("small images of a degraded set are refused when it says so", "[data]") {
  const TempFolder folder;
  write_images(folder);
  DatasetConfig config = degraded_set(folder);
  config.small_images = SmallImages::kError;
  const auto text = test::message_of<DataError>([&] { list_pairs(config, kScale); });
  CHECK(test::contains(text, "4.png (LQ 6x4)"));
}

TEST_CASE("pairs and degradation are mixed sample by sample", "[data]") {
  const TempFolder folder;
  const test::CodedSet coded(folder, {{40, 36}, {51, 44}, {33, 60}}, kScale);
  DatasetConfig mixed = coded.config;
  mixed.type = "realesrganpaireddataset";
  DatasetConfig degraded = mixed;
  degraded.type = "realesrgandataset";
  mixed.degradation.dataroot_lq_prob = 0.4;
  constexpr int kSamples = 40;
  Loader mixed_loader = make_loader(mixed, {.threads = 2});
  Loader paired_loader = make_loader(coded.config, {.threads = 2});
  Loader degraded_loader = make_loader(degraded, {.threads = 2});
  const Batch batch = mixed_loader.take(0, {12, kSamples});
  const Batch pairs = paired_loader.take(0, {12, kSamples});
  const Batch made = degraded_loader.take(0, {12, kSamples});
  CHECK(content(batch.gt) == content(pairs.gt));
  int of_files = 0;
  for (int i = 0; i < kSamples; ++i) {
    const bool is_file = content_of(batch.lq, i) == content_of(pairs.lq, i);
    of_files += is_file ? 1 : 0;
    if (!is_file) {
      CHECK(content_of(batch.lq, i) == content_of(made.lq, i));
    }
  }
  CHECK(of_files > 8);
  CHECK(of_files < 24);
  CHECK(content_of(mixed_loader.take(7, {12, 3}).lq, 2) == content_of(batch.lq, 9));
}

TEST_CASE("with a share of 0 or 1 a mixed set is one of the two", "[data]") {
  const TempFolder folder;
  const test::CodedSet coded(folder, {{40, 36}, {51, 44}}, kScale);
  DatasetConfig mixed = coded.config;
  mixed.type = "realesrganpaireddataset";
  for (const double share : {0.0, 1.0}) {
    mixed.degradation.dataroot_lq_prob = share;
    DatasetConfig other = coded.config;
    other.type = share == 1 ? "pairedimagedataset" : "realesrgandataset";
    Loader one = make_loader(mixed, {.threads = 1});
    Loader two = make_loader(other, {.threads = 1});
    CHECK(content(one.take(0, {12, 10})) == content(two.take(0, {12, 10})));
  }
}

TEST_CASE("GT is sharpened alike whichever LQ a sample has", "[data]") {
  const TempFolder folder;
  const test::CodedSet coded(folder, {{40, 36}, {51, 44}}, kScale);
  DatasetConfig mixed = coded.config;
  mixed.type = "realesrganpaireddataset";
  mixed.degradation.gt_usm = true;
  DatasetConfig degraded = mixed;
  degraded.type = "realesrgandataset";
  mixed.degradation.dataroot_lq_prob = 1;
  Loader one = make_loader(mixed, {.threads = 1});
  Loader two = make_loader(degraded, {.threads = 1});
  const Batch files = one.take(0, {12, 10});
  const Batch made = two.take(0, {12, 10});
  CHECK(content(files.gt) == content(made.gt));
  CHECK(content(files.lq) != content(made.lq));
}

}  // namespace sr
