// Hidden test: `test_data "[parts_benchmark]"` prints the patches that the loader makes per second
// of processor time (all threads of the process) of large JPEG with their images decoded whole and
// in part, in turn: x2, lq 64, batch 8, nothing kept, one crop per decode. In the first pass each
// file is read to its end, later not. The set is made of the Urban8 images
// (support/shared_data.h), four of them side by side at their own size.

#include <malloc.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <opencv2/core/utility.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "data/loader.h"
#include "data/plain_sampler.h"
#include "data/test_images.h"
#include "support/catch.h"
#include "support/processor_seconds.h"
#include "support/shared_data.h"

namespace sr {
namespace {

namespace fs = std::filesystem;

constexpr int kScale = 2;
constexpr int kImages = 8;
constexpr int kNames = 20;  ///< of each: a set larger than what the loader decodes ahead
constexpr std::size_t kRounds = 5;
constexpr TrainingSize kSize{64, 8};
const cv::Size kLq(1020, 678);

/// As device/cpu_allocator sets it for a training: otherwise whole images would cost more here.
void keep_freed_memory() {
  ::mallopt(M_MMAP_THRESHOLD, 1 << 30);
  ::mallopt(M_TRIM_THRESHOLD, -1);
  ::mallopt(M_ARENA_MAX, 4);
}

/// `number` of the mosaics; quarters that are too small are continued by reflection.
cv::Mat mosaic(const std::vector<cv::Mat>& images, std::size_t number) {
  cv::Mat result(kLq * kScale, CV_8UC3);
  for (std::size_t k = 0; k < 4; ++k) {
    const cv::Mat& image = images[(number + 3 * k) % images.size()];
    cv::Mat padded;
    cv::copyMakeBorder(image, padded, 0, std::max(0, kLq.height - image.rows), 0,
                       std::max(0, kLq.width - image.cols), cv::BORDER_REFLECT);
    const cv::Point corner(static_cast<int>(k) % 2 * kLq.width,
                           static_cast<int>(k) / 2 * kLq.height);
    padded(cv::Rect(cv::Point(0, 0), kLq)).copyTo(result(cv::Rect(corner, kLq)));
  }
  return result;
}

PairList make_set(const fs::path& folder, const fs::path& urban, int quality) {
  std::vector<cv::Mat> images;
  for (int i = 0; i < kImages; ++i) {
    images.push_back(cv::imread(urban / "hr" / fmt::format("img_{:03}.png", 93 + i)));
  }
  fs::create_directories(folder / "gt");
  fs::create_directories(folder / "lq");
  const std::vector<int> how = {cv::IMWRITE_JPEG_QUALITY, quality};
  for (std::size_t i = 0; i < images.size(); ++i) {
    const cv::Mat gt = mosaic(images, i);
    cv::Mat lq;
    cv::resize(gt, lq, kLq, 0, 0, cv::INTER_AREA);
    for (const auto& [name, image] : {std::pair("gt", gt), std::pair("lq", lq)}) {
      cv::imwrite(folder / name / fmt::format("{}_0.jpg", i), image, how);
      for (int number = 1; number < kNames; ++number) {
        fs::create_hard_link(folder / name / fmt::format("{}_0.jpg", i),
                             folder / name / fmt::format("{}_{}.jpg", i, number));
      }
    }
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(2100));  // GoodFiles takes no younger ones
  DatasetConfig config;
  config.key = config.name = "train";
  config.type = "pairedimagedataset";
  config.dataroot_gt = {(folder / "gt").string()};
  config.dataroot_lq = {(folder / "lq").string()};
  return list_pairs(config, kScale);
}

/// Of `passes` passes, one after the other.
std::vector<double> patches_per_second(const PairList& list, bool whole, int passes) {
  Loader::Options options;
  options.scale = kScale;
  options.cache.mode = CacheMode::kOff;
  options.whole_images = whole;
  Loader loader(list, test::plain_sampler(1, list.pairs.size(), true, true), options);
  std::uint64_t cursor = 0;
  const auto take = [&](std::uint64_t samples) {
    for (const std::uint64_t end = cursor + samples; cursor < end;) {
      loader.take(cursor, kSize);
      cursor += static_cast<std::uint64_t>(kSize.batch_size);
      loader.prefetch(cursor, kSize);
    }
  };
  std::vector<double> figures;
  for (int pass = 0; pass < passes; ++pass) {
    const double before = test::processor_seconds();
    take(list.pairs.size());
    figures.push_back(static_cast<double>(list.pairs.size()) /
                      (test::processor_seconds() - before));
  }
  return figures;
}

}  // namespace

TEST_CASE("patches of large JPEG per second of processor time", "[.][parts_benchmark]") {
  const auto urban = test::shared_data("Urban8");
  if (!urban) {
    SR_SKIP("no shared data");
  }
  cv::setNumThreads(1);
  keep_freed_memory();
  for (const int quality : {75, 90, 95}) {
    const test::TempFolder folder;
    const PairList list = make_set(folder / "set", *urban, quality);
    std::array<std::vector<double>, 3> figures;
    for (std::size_t round = 0; round < kRounds; ++round) {
      const std::vector<double> in_part = patches_per_second(list, false, 2);
      figures[0].push_back(patches_per_second(list, true, 1)[0]);
      figures[1].push_back(in_part[0]);
      figures[2].push_back(in_part[1]);
    }
    constexpr std::array kNamesOfFigures = {"whole", "in part, first pass", "in part, later"};
    for (std::size_t i = 0; i < figures.size(); ++i) {
      std::vector<double>& values = figures[i];
      std::sort(values.begin(), values.end());
      std::printf("quality %d, %s: %.1f [%.1f - %.1f] patches per core-second\n", quality,
                  kNamesOfFigures[i], values[kRounds / 2], values.front(), values.back());
    }
  }
  SUCCEED("figures are printed, not judged");
}

}  // namespace sr
