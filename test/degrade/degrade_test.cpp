#include "degrade/degrade.h"

#include <opencv2/core/utility.hpp>
#include <opencv2/imgproc.hpp>

#include "core/checksum.h"
#include "core/random.h"
#include "degrade/jpeg.h"
#include "degrade/thick_lines.h"
#include "support/catch.h"
#include "support/pattern.h"

namespace sr {
namespace {

cv::Mat float_pattern(int width, int height) {
  cv::Mat image;
  test::pattern(width, height).convertTo(image, CV_32F, 1.0 / 255);
  return image;
}

/// All probabilities 0, and no noise.
DegradationConfig no_degradation() {
  DegradationConfig config;
  for (DegradationStage* stage : {&config.first, &config.second}) {
    stage->blur_prob = stage->jpeg_prob = 0;
    stage->gaussian_noise_prob = stage->gray_noise_prob = 0;
    stage->poisson_scale_range = {0, 0};
    stage->resize_prob = {0, 0, 1};
  }
  config.final_sinc_prob = 0;
  return config;
}

DegradationPlan plan_of(std::uint64_t sample, const DegradationConfig& config = {}) {
  return make_plan(config, Draws(hash(11, sample, Stream::kDegradation)));
}

std::uint64_t content(const cv::Mat& image) {
  return checksum(std::as_bytes(std::span(image.data, image.total() * image.elemSize())));
}

}  // namespace

TEST_CASE("with all probabilities at 0 LQ is GT resized", "[degrade]") {
  DegradationConfig config = no_degradation();
  config.second.resize_mode_list = {ResizeMode::kBicubic};
  config.second.resize_mode_prob = {1};
  const cv::Mat gt = float_pattern(96, 64);
  cv::Mat expected;
  cv::resize(gt, expected, {24, 16}, 0, 0, cv::INTER_CUBIC);
  expected.convertTo(expected, CV_8U, 255);
  for (std::uint64_t sample = 0; sample < 20; ++sample) {
    CHECK(test::same(degraded(gt, plan_of(sample, config), {24, 16}), expected));
  }
}

TEST_CASE("at scale 1 with all probabilities at 0 LQ is GT", "[degrade]") {
  const cv::Mat gt = float_pattern(40, 40);
  CHECK(test::same(degraded(gt, plan_of(3, no_degradation()), {40, 40}), test::pattern(40, 40)));
}

TEST_CASE("GT is not changed", "[degrade]") {
  const cv::Mat gt = float_pattern(48, 48);
  const cv::Mat before = gt.clone();
  for (std::uint64_t sample = 0; sample < 20; ++sample) {
    degraded(gt, plan_of(sample), {12, 12});
    degraded(gt, plan_of(sample), {48, 48});
  }
  CHECK(test::same(gt, before));
}

TEST_CASE("every step changes the picture", "[degrade]") {
  const cv::Mat gt = float_pattern(96, 96);
  const cv::Mat plain = degraded(gt, plan_of(1, no_degradation()), {24, 24});
  const auto changes = [&](auto change) {
    DegradationConfig config = no_degradation();
    change(config);
    return !test::same(degraded(gt, plan_of(1, config), {24, 24}), plain);
  };
  CHECK_FALSE(changes([](DegradationConfig&) {}));
  CHECK(changes([](DegradationConfig& config) { config.first.blur_prob = 1; }));
  CHECK(changes([](DegradationConfig& config) { config.second.blur_prob = 1; }));
  CHECK(changes([](DegradationConfig& config) { config.first.resize_prob = {0, 1, 0}; }));
  CHECK(changes([](DegradationConfig& config) { config.second.resize_prob = {0, 1, 0}; }));
  CHECK(changes([](DegradationConfig& config) { config.first.gaussian_noise_prob = 1; }));
  CHECK(changes([](DegradationConfig& config) { config.second.gaussian_noise_prob = 1; }));
  CHECK(changes([](DegradationConfig& config) { config.first.poisson_scale_range = {1, 1}; }));
  CHECK(changes([](DegradationConfig& config) { config.first.jpeg_prob = 1; }));
  CHECK(changes([](DegradationConfig& config) { config.second.jpeg_prob = 1; }));
  CHECK(changes([](DegradationConfig& config) { config.final_sinc_prob = 1; }));
  CHECK(changes([](DegradationConfig& config) { config.lq_usm = true; }));
  CHECK(changes([](DegradationConfig& config) { config.thicklines_prob = 1; }));
}

TEST_CASE("dark lines become thicker and bright ones thinner", "[degrade]") {
  cv::Mat image(5, 6, CV_32FC3, cv::Scalar(0.8, 0.4, 1.0));
  image.at<cv::Vec3f>(2, 3) = {0.0F, 0.4F, 0.6F};
  const cv::Mat thick = with_thick_lines(image);
  const auto near = [](cv::Vec3f value, cv::Vec3f expected) {
    return cv::norm(value - expected) < 1e-6;
  };
  CHECK(near(thick.at<cv::Vec3f>(2, 3), {0.0F, 0.4F, 0.6F}));
  CHECK(near(thick.at<cv::Vec3f>(1, 2), {0.6F, 0.4F, 0.9F}));  // 3/4 of itself, 1/4 of the darkest
  CHECK(near(thick.at<cv::Vec3f>(2, 1), {0.8F, 0.4F, 1.0F}));
  CHECK(near(thick.at<cv::Vec3f>(0, 0), {0.8F, 0.4F, 1.0F}));  // nothing is dark beyond the border
}

TEST_CASE("lines are made thicker in their share of the samples", "[degrade]") {
  DegradationConfig config;
  config.thicklines_prob = 0.3;
  int thick = 0;
  constexpr int kSamples = 4000;
  for (std::uint64_t sample = 0; sample < kSamples; ++sample) {
    thick += plan_of(sample, config).thick_lines ? 1 : 0;
  }
  CHECK(thick == Approx(0.3 * kSamples).margin(100));
}

TEST_CASE("the last compression comes before or after the last resize", "[degrade]") {
  DegradationPlan plan = plan_of(1, no_degradation());
  plan.second.jpeg_quality = 20;
  plan.second.resize_factor = 2;
  plan.resize_before_jpeg = true;
  const cv::Mat gt = float_pattern(64, 64);
  const cv::Mat lq = degraded(gt, plan, {32, 32});
  cv::Mat small;
  cv::resize(gt, small, {32, 32}, 0, 0,
             plan.final_mode == ResizeMode::kArea       ? cv::INTER_AREA
             : plan.final_mode == ResizeMode::kBilinear ? cv::INTER_LINEAR
                                                        : cv::INTER_CUBIC);
  cv::Mat expected;
  jpeg_compressed(small, 20).convertTo(expected, CV_8U, 255);
  CHECK(test::same(lq, expected));
  plan.resize_before_jpeg = false;
  CHECK_FALSE(test::same(degraded(gt, plan, {32, 32}), expected));
}

TEST_CASE("LQ depends on the sample alone and not on OpenCV's threads", "[degrade]") {
  const cv::Mat gt = float_pattern(160, 160);
  const int threads = cv::getNumThreads();
  std::uint64_t sums[2] = {0, 0};
  for (int round = 0; round < 2; ++round) {
    cv::setNumThreads(round == 0 ? 1 : 4);
    for (std::uint64_t sample = 0; sample < 12; ++sample) {
      sums[round] = sums[round] * 1'000'003 + content(degraded(gt, plan_of(sample), {40, 40}));
    }
  }
  cv::setNumThreads(threads);
  CHECK(sums[0] == sums[1]);
  CHECK(content(degraded(gt, plan_of(1), {40, 40})) != content(degraded(gt, plan_of(2), {40, 40})));
}

TEST_CASE("any shape gives an LQ of the asked size near the brightness of GT", "[degrade]") {
  DegradationConfig config;
  config.lq_usm = true;
  config.first.resize_mode_list = {ResizeMode::kNearest, ResizeMode::kLanczos, ResizeMode::kArea};
  for (std::uint64_t sample = 0; sample < 60; ++sample) {
    const auto side = [&](std::uint64_t which) {
      return static_cast<int>(8 + hash(which, sample, Stream::kCropX) % 121);
    };
    const cv::Size lq(std::max(1, side(1) / 4), std::max(1, side(2) / 4));
    CAPTURE(sample, lq.width, lq.height);
    const cv::Mat gt(lq * 4, CV_32FC3, cv::Scalar(0.4, 0.5, 0.6));
    const cv::Mat result = degraded(gt, plan_of(sample, config), lq);
    REQUIRE(result.size() == lq);
    REQUIRE(result.type() == CV_8UC3);
    // A flat image stays flat but for noise and JPEG: NaN or a kernel that does not sum to 1 shows.
    CHECK(cv::mean(result)[0] == Approx(0.4 * 255).margin(60));
    CHECK(cv::mean(result)[1] == Approx(0.5 * 255).margin(60));
  }
}

}  // namespace sr
