#include "perception/topiq.h"

#include "core/error.h"
#include "device/cpu_allocator.h"
#include "device/memory.h"
#include "perception/example_topiq.h"
#include "support/catch.h"

namespace {

using namespace sr;
using enum TopiqKind;
using test::disturbed;
using test::example_topiq;
using test::pattern;

cv::Mat gray_of(const cv::Mat& image, int channel) {
  cv::Mat one;
  cv::extractChannel(image, one, channel);
  cv::Mat gray;
  cv::merge(std::vector<cv::Mat>(3, one), gray);
  return gray;
}

}  // namespace

TEST_CASE("TOPIQ is what traiNNer-redux computes", "[perception]") {
  Topiq topiq(kFullReference, example_topiq(kFullReference));
  Topiq alone(kNoReference, example_topiq(kNoReference));
  struct Case {
    int width, height;
    double with_gt, alone;
  };
  // Levels are pooled, but for 300 x 16 and narrower, where some or all have the coarsest one's
  // side.
  for (const auto& [width, height, with_gt, without] :
       std::vector<Case>{{48, 40, 1.3529222, 0.230239764},
                         {71, 53, 0.586017728, 1.34387207},
                         {230, 131, 0.815346003, 1.22399497},
                         {300, 16, 1.42860067, 0.741226196},
                         {3, 70, 0.335744023, 1.95186448},
                         {1, 1, -2.17028737, -1.03927529}}) {
    CAPTURE(width, height);
    const cv::Mat gt = pattern(width, height);
    CHECK(topiq(disturbed(gt), gt) == Approx(with_gt).margin(2e-5));
    CHECK(alone(disturbed(gt), gt) == Approx(without).margin(2e-5));
  }
  const cv::Mat gt = pattern(97, 66);
  CHECK(topiq(gt, gt) == Approx(0.428792238).margin(2e-5));
  CHECK(alone(gt, {}) == Approx(1.2236408).margin(2e-5));
  const cv::Mat output = gray_of(disturbed(gt), 1);
  CHECK(topiq(output, gray_of(gt, 0)) == Approx(-0.0299648717).margin(2e-5));
  CHECK(alone(output, {}) == Approx(0.787300766).margin(2e-5));
}

TEST_CASE("TOPIQ goes on on the CPU when its device is full, and says so when that is too",
          "[perception]") {
  install_cpu_allocator();
  // To LibTorch cpu:0 is another device than cpu, with the same memory.
  Topiq topiq(kFullReference, example_topiq(kFullReference), "cpu:0");
  const cv::Mat gt = pattern(40, 33);
  const double score = topiq(disturbed(gt), gt);
  CHECK(topiq.device() == at::Device("cpu:0"));
  cpu_allocator().fail_at(20, CpuAllocator::Failing::kOnce);
  CHECK(topiq(disturbed(gt), gt) == score);
  cpu_allocator().stop_failing();
  CHECK(topiq.device() == at::Device("cpu"));
  cpu_allocator().fail_at(20, CpuAllocator::Failing::kFromThere);
  CHECK_THROWS_WITH(topiq(disturbed(gt), gt), "TOPIQ of 40 x 33 pixels does not fit into memory");
  cpu_allocator().stop_failing();
  CHECK(topiq(disturbed(gt), gt) == score);
}

TEST_CASE("weights of the other TOPIQ, or of no TOPIQ, are named", "[perception]") {
  FeatureStack::Weights weights = example_topiq(kNoReference);
  CHECK_THROWS_WITH(Topiq(kFullReference, weights),
                    "the weights of calculate_topiq_nr, TOPIQ without a reference");
  CHECK_THROWS_WITH(Topiq(kNoReference, example_topiq(kFullReference)),
                    "the weights of calculate_topiq, TOPIQ with a reference");
  weights["dim_reduce.4.0.weight"] = torch::ones({512, 2048, 1, 1});
  CHECK_THROWS_WITH(Topiq(kNoReference, weights),
                    "tensor dim_reduce.4.0.weight: shape [512, 2048, 1, 1], that of TOPIQ is "
                    "[256, 2048, 1, 1]");
  weights.erase("semantic_model.layer3.5.bn2.running_var");
  CHECK_THROWS_WITH(Topiq(kNoReference, weights),
                    "no tensor semantic_model.layer3.5.bn2.running_var: not the weights of TOPIQ");
}
