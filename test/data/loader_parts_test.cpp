#include <array>
#include <chrono>
#include <random>
#include <string>
#include <thread>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "core/checksum.h"
#include "core/error.h"
#include "core/units.h"
#include "data/batch_assembly.h"
#include "data/loader.h"
#include "data/pair_decoder.h"
#include "data/plain_sampler.h"
#include "data/test_images.h"
#include "support/catch.h"

namespace sr {
namespace {

using test::TempFolder;

constexpr int kScale = 2;

cv::Mat texture(cv::Size size, int seed) {
  cv::Mat image(size, CV_8UC3);
  cv::RNG random(static_cast<std::uint64_t>(seed) + 1);
  random.fill(image, cv::RNG::UNIFORM, 0, 256);
  cv::blur(image, image, {5, 5});
  return image;
}

/// LQ and GT of all kinds: most are JPEG, large beside a crop; one is PNG, one progressive, one
/// smaller than some crops.
DatasetConfig jpeg_set(const TempFolder& folder) {
  DatasetConfig config;
  config.key = config.name = "train";
  config.type = "pairedimagedataset";
  config.dataroot_gt = {(folder / "gt").string()};
  config.dataroot_lq = {(folder / "lq").string()};
  for (const auto& root : {config.dataroot_gt[0], config.dataroot_lq[0]}) {
    std::filesystem::create_directories(root);
  }
  for (int i = 0; i < 9; ++i) {
    cv::Size lq(150 + 9 * i, 190 - 8 * i);
    if (i == 3) {
      lq = {25, 140};
    }
    const std::string name = "image" + std::to_string(i) + (i == 4 ? ".png" : ".jpg");
    std::vector<int> how;
    if (i != 4) {
      how = {cv::IMWRITE_JPEG_QUALITY, 85 + i, cv::IMWRITE_JPEG_PROGRESSIVE, i == 6 ? 1 : 0};
    }
    cv::imwrite(folder / "lq" / name, texture(lq, 2 * i), how);
    cv::imwrite(folder / "gt" / name, texture(lq * kScale, 2 * i + 1), how);
  }
  return config;
}

std::uint64_t content(const Batch& batch) {
  return checksum({batch.lq.data, batch.lq.bytes()}) * 31 +
         checksum({batch.gt.data, batch.gt.bytes()});
}

/// What a run asks for: batches in a row at sizes that grow and shrink, retries, jumps.
class Walk {
 public:
  explicit Walk(std::uint64_t processes) : processes_(processes) {}

  std::vector<std::uint64_t> go(Loader& loader, int steps) {
    std::vector<std::uint64_t> contents;
    for (int step = 0; step < steps; ++step) {
      const TrainingSize size{between(4, 40), between(1, 6)};
      contents.push_back(content(loader.take(cursor_, size)));
      switch (draws_() % 8) {
        case 0:  // memory ran out: the same samples, fewer or smaller
          contents.push_back(
              content(loader.take(cursor_, {(size.lq_size + 1) / 2, size.batch_size})));
          break;
        case 1:
          cursor_ += draws_() % 1000 * processes_;
          break;
        default:
          cursor_ += static_cast<std::uint64_t>(size.batch_size) * processes_;
      }
      if (draws_() % 2 == 0) {
        loader.prefetch(cursor_, {between(4, 40), size.batch_size});
      }
    }
    return contents;
  }

 private:
  int between(int low, int high) {
    return low + static_cast<int>(draws_() % static_cast<unsigned>(high - low + 1));
  }

  std::mt19937 draws_{5};
  std::uint64_t processes_;
  std::uint64_t cursor_ = 0;
};

std::string with_a_gap(std::string bytes, double place) {
  return bytes.erase(static_cast<std::size_t>(place * static_cast<double>(bytes.size())), 400);
}

}  // namespace

TEST_CASE("batches do not depend on whether images are decoded in part", "[data]") {
  const TempFolder folder;
  const DatasetConfig config = jpeg_set(folder);
  const PairList list = list_pairs(config, kScale);
  REQUIRE(list.pairs.size() == 9);
  // Then codes behind a crop are left out where a file is decoded for the second time.
  std::this_thread::sleep_for(std::chrono::milliseconds(2100));
  const std::vector<CacheSetting> caches = {{CacheMode::kOff, 0}, {CacheMode::kBytes, kMiB}};
  for (const std::uint64_t repeats : {1, 3}) {
    for (const std::uint64_t processes : {1, 2}) {
      const Sampler sampler(
          SampleOrder(3, shuffled_items(3, list.pairs.size()), {.repeats = repeats, .window = 4}),
          3, true, true);
      const auto walked = [&](bool whole, const CacheSetting& cache, int threads) {
        Loader::Options options;
        options.scale = kScale;
        options.threads = threads;
        options.cache = cache;
        options.share = {.origin = 0, .processes = processes, .process = processes - 1};
        options.whole_images = whole;
        Loader loader(list, sampler, options);
        return Walk(processes).go(loader, 60);
      };
      const auto expected = walked(true, caches[0], 2);
      for (const CacheSetting& cache : caches) {
        CHECK(walked(false, cache, 1) == expected);
        CHECK(walked(false, cache, 3) == expected);
      }
    }
  }
}

TEST_CASE("large JPEG that are not kept are decoded in part", "[data]") {
  const TempFolder folder;
  const DatasetConfig config = jpeg_set(folder);
  const PairList list = list_pairs(config, kScale);
  const Sampler sampler = test::plain_sampler(3, list.pairs.size(), true, true);
  const auto decoded_pixels = [&](const CacheSetting& cache, bool whole) {
    Loader::Options options;
    options.scale = kScale;
    options.cache = cache;
    options.whole_images = whole;
    Loader loader(list, sampler, options);
    std::int64_t pixels = 0;
    for (std::uint64_t cursor = 0; cursor < 90; cursor += 2) {
      loader.take(cursor, {16, 2});
      pixels += loader.take_stats().decoded_pixels;
    }
    return pixels;
  };
  const std::int64_t whole = decoded_pixels({CacheMode::kOff, 0}, true);
  CHECK(decoded_pixels({CacheMode::kOff, 0}, false) < whole / 2);
  const std::int64_t pass = decoded_bytes(list, kScale) / 3;
  CHECK(decoded_pixels({CacheMode::kBytes, kGiB}, false) == pass);
}

TEST_CASE("a retry at a smaller size needs no file again though images are there in part",
          "[data]") {
  const TempFolder folder;
  const PairList list = list_pairs(jpeg_set(folder), kScale);
  const Sampler sampler = test::plain_sampler(3, list.pairs.size(), true, true);
  Loader::Options options;
  options.scale = kScale;
  options.cache = {CacheMode::kOff, 0};
  Loader loader(list, sampler, options);
  loader.take(30, {32, 6});
  for (const ImagePair& pair : list.pairs) {
    std::filesystem::remove(pair.gt);
  }
  CHECK(loader.take(30, {16, 6}).first_sample == 30);
  CHECK_THROWS_AS(loader.take(30, {48, 6}), DataError);  // never pixels that are not there
}

TEST_CASE("a damaged JPEG is an error wherever its crop lies", "[data]") {
  const TempFolder folder;
  const PairList list = list_pairs(jpeg_set(folder), kScale);
  for (const double place : {0.3, 0.6, 0.95}) {
    const std::filesystem::path file = list.pairs[0].gt;
    const std::string whole = test::read_text(file);
    folder.write("gt/image0.jpg", with_a_gap(whole, place));
    for (std::uint64_t seed = 0; seed < 6; ++seed) {
      Loader::Options options;
      options.scale = kScale;
      options.cache = {CacheMode::kOff, 0};
      Loader loader(list, test::plain_sampler(seed, list.pairs.size(), false, false), options);
      CHECK_THROWS_AS(loader.take(0, {8, 9}), DataError);
    }
    folder.write("gt/image0.jpg", whole);
  }
}

TEST_CASE("a JPEG that is damaged after it was found good is read to its end again", "[data]") {
  const TempFolder folder;
  const PairList list = list_pairs(jpeg_set(folder), kScale);
  PairDecoder decoder(list.pairs, kScale);
  std::this_thread::sleep_for(std::chrono::milliseconds(2100));  // younger files are not trusted
  const cv::Rect top(10, 4, 20, 20);
  CHECK(!decoder.decode(0, top).is_whole());
  CHECK(!decoder.decode(0, top).is_whole());
  const std::string whole = test::read_text(list.pairs[0].gt);
  folder.write("gt/image0.jpg", with_a_gap(whole, 0.75));
  CHECK_THROWS_AS(decoder.decode(0, top), DataError);
  folder.write("gt/image0.jpg", whole);
  CHECK(decoder.decode(0, top).holds(top, kScale));
}

TEST_CASE("a crop of a sample lies within every larger one", "[data]") {
  std::mt19937_64 draws(1);
  SampleDescriptor sample;
  for (int i = 0; i < 200'000; ++i) {
    const int larger = 2 + static_cast<int>(draws() % 200);
    const int smaller = 1 + static_cast<int>(draws() % static_cast<unsigned>(larger));
    const cv::Size lq(larger + static_cast<int>(draws() % 3000),
                      larger + static_cast<int>(draws() % 3000));
    sample.u = unit(draws());
    sample.v = i % 3 == 0 ? unit(~draws() % 64) : unit(~std::uint64_t{0} - draws() % 4096);
    const cv::Rect outer = *crop_part(sample, lq, larger);
    const cv::Rect inner = *crop_part(sample, lq, smaller);
    REQUIRE((outer & inner) == inner);
  }
  CHECK(!crop_part(sample, {20, 30}, 21));
}

TEST_CASE("a batch is never cut from pixels that are not there", "[data]") {
  SampleDescriptor sample;
  sample.u = sample.v = 0.5;
  const cv::Size lq(40, 30);
  const cv::Rect crop = *crop_part(sample, lq, 8);
  const auto pair_with = [&](const cv::Rect& small, const cv::Rect& large) {
    return std::make_shared<const PairImage>(
        PairImage{ImagePart(cv::Mat(small.size(), CV_8UC3), small.tl(), lq),
                  ImagePart(cv::Mat(large.size(), CV_8UC3), large.tl(), lq * kScale)});
  };
  const auto assemble_from = [&](const std::shared_ptr<const PairImage>& pair) {
    std::vector<std::uint8_t> lq_bytes(8 * 8 * 3);
    std::vector<std::uint8_t> gt_bytes(16 * 16 * 3);
    const BatchItem item{sample, std::span(&pair, 1)};
    assemble(std::span(&item, 1), {.lq_size = 8, .scale = kScale}, std::span(lq_bytes),
             std::span(gt_bytes));
  };
  const cv::Rect gt = scaled(crop, kScale);
  assemble_from(pair_with(crop, gt));
  const cv::Point one(1, 1);
  CHECK_THROWS_AS(assemble_from(pair_with(crop - one, gt)), std::logic_error);
  CHECK_THROWS_AS(assemble_from(pair_with(crop, gt + one)), std::logic_error);
  CHECK_THROWS_AS(assemble_from(pair_with(crop, gt - one)), std::logic_error);
}

}  // namespace sr
