// Hidden test: `test_data "[degradation_benchmark]"` prints the patches that assemble_degraded()
// makes per second of processor time with Real-ESRGAN's x4plus values: x4, lq 64 (GT 256), batch
// 12, one thread, out of decoded images. Reading and decoding is not a part of it.

#include <cstdio>
#include <memory>
#include <opencv2/core/utility.hpp>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "core/random.h"
#include "data/degraded_assembly.h"
#include "data/plain_sampler.h"
#include "data/test_images.h"
#include "support/catch.h"
#include "support/processor_seconds.h"

namespace sr {
namespace {

constexpr int kLqSize = 64;
constexpr int kScale = 4;
constexpr std::size_t kBatch = 12;
constexpr std::uint64_t kBatches = 25;

/// Something like a photograph: random values at several sizes.
cv::Mat picture() {
  cv::RNG random(3);
  cv::Mat sum = cv::Mat::zeros(720, 960, CV_32FC3);
  for (int side = 8; side <= 512; side *= 2) {
    cv::Mat part(720 / side + 2, 960 / side + 2, CV_32FC3), large;
    random.fill(part, cv::RNG::UNIFORM, 0.0, 64.0);
    cv::resize(part, large, sum.size(), 0, 0, cv::INTER_CUBIC);
    sum += large * 0.6;
  }
  cv::Mat result;
  sum.convertTo(result, CV_8U);
  return result;
}

double patches_per_second(const DegradationConfig& config) {
  const std::vector<std::shared_ptr<const PairImage>> frames{
      std::make_shared<const PairImage>(PairImage{{}, picture()})};
  const Sampler sampler = test::plain_sampler(1, 1, true, true);
  std::vector<std::uint8_t> lq(kBatch * 3 * kLqSize * kLqSize);
  std::vector<std::uint8_t> gt(lq.size() * kScale * kScale);
  std::vector<BatchItem> items(kBatch);
  double before = 0;
  for (std::uint64_t batch = 0; batch <= kBatches; ++batch) {
    for (std::size_t i = 0; i < kBatch; ++i) {
      items[i] = {sampler(batch * kBatch + i), frames};
    }
    assemble_degraded(items, {{kLqSize, kScale}, config, 1}, std::span(lq), std::span(gt));
    before =
        batch == 0 ? test::processor_seconds() : before;  // the first one fills tables and caches
  }
  return static_cast<double>(kBatch * kBatches) / (test::processor_seconds() - before);
}

}  // namespace

TEST_CASE("degraded patches per second of processor time", "[.][degradation_benchmark]") {
  cv::setNumThreads(1);
  DegradationConfig sharpened;
  sharpened.gt_usm = true;
  std::printf("patches_per_core_second %.1f, with gt_usm %.1f\n", patches_per_second({}),
              patches_per_second(sharpened));
  SUCCEED("figures are printed, not judged");
}

}  // namespace sr
