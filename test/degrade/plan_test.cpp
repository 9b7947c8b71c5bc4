#include "degrade/plan.h"

#include <cmath>
#include <functional>
#include <map>
#include <numbers>

#include "core/random.h"
#include "support/catch.h"

namespace sr {
namespace {

constexpr int kSamples = 10000;

DegradationPlan plan_of(int sample, const DegradationConfig& config = {}) {
  const auto number = static_cast<std::uint64_t>(sample);
  return make_plan(config, Draws(hash(3, number, Stream::kDegradation)));
}

/// How often something holds, and how many samples it could have held for.
struct Count {
  int hits = 0;
  int of = 0;
  void add(bool hit) {
    hits += hit ? 1 : 0;
    ++of;
  }
};

/// Within four standard deviations of the binomial distribution: the samples never change, so this
/// either always holds or never.
void check_frequency(const char* what, const Count& count, double probability) {
  CAPTURE(what, count.hits, count.of, probability);
  const double deviation = std::sqrt(probability * (1 - probability) * count.of);
  CHECK(std::abs(count.hits - probability * count.of) <= 4 * deviation);
}

bool inside(double value, Interval interval) {
  return value >= interval.low && value <= interval.high;
}

void check_ranges(const StagePlan& plan, const DegradationStage& stage) {
  if (plan.blur && plan.blur->sinc) {
    REQUIRE(plan.blur->sinc->size % 2 == 1);
    REQUIRE(inside(plan.blur->sinc->size, stage.kernel_range));
    const double lowest = std::numbers::pi / (plan.blur->sinc->size < 13 ? 3 : 5);
    REQUIRE(inside(plan.blur->sinc->cutoff, {lowest, std::numbers::pi}));
  } else if (plan.blur) {
    REQUIRE(plan.blur->size % 2 == 1);
    REQUIRE(inside(plan.blur->size, stage.kernel_range));
    REQUIRE(inside(plan.blur->ellipse.sigma_x, stage.blur_sigma));
    REQUIRE(inside(plan.blur->ellipse.sigma_y, stage.blur_sigma));
    const bool plateau = plan.blur->shape == KernelShape::kPlateauIso ||
                         plan.blur->shape == KernelShape::kPlateauAniso;
    REQUIRE(inside(plan.blur->beta, plateau ? stage.betap_range : stage.betag_range));
  }
  REQUIRE(inside(plan.resize_factor, stage.resize_range));
  REQUIRE(inside(plan.noise.strength,
                 plan.noise.gaussian ? stage.noise_range : stage.poisson_scale_range));
  if (plan.jpeg_quality) {
    REQUIRE(inside(*plan.jpeg_quality, stage.jpeg_range));
  }
}

struct StageCounts {
  std::map<KernelShape, Count> shapes;
  Count blur, sinc, up, down, area, gaussian, gray, jpeg, low_beta;

  void add(const StagePlan& plan) {
    blur.add(plan.blur.has_value());
    if (plan.blur) {
      sinc.add(plan.blur->sinc.has_value());
    }
    if (plan.blur && !plan.blur->sinc) {
      for (int shape = 0; shape < 6; ++shape) {
        shapes[static_cast<KernelShape>(shape)].add(plan.blur->shape ==
                                                    static_cast<KernelShape>(shape));
      }
      if (plan.blur->shape == KernelShape::kGeneralizedIso) {
        low_beta.add(plan.blur->beta < 1);
      }
    }
    up.add(plan.resize_factor > 1);
    down.add(plan.resize_factor < 1);
    area.add(plan.resize_mode == ResizeMode::kArea);
    gaussian.add(plan.noise.gaussian);
    gray.add(plan.noise.field.gray);
    jpeg.add(plan.jpeg_quality.has_value());
  }

  void check(const DegradationStage& stage) {
    check_frequency("blur", blur, stage.blur_prob);
    check_frequency("sinc", sinc, stage.sinc_prob);
    for (std::size_t i = 0; i < stage.kernel_list.size(); ++i) {
      check_frequency("shape", shapes[stage.kernel_list[i]], stage.kernel_prob[i]);
    }
    check_frequency("beta below 1", low_beta, 0.5);
    check_frequency("up", up, stage.resize_prob[0]);
    check_frequency("down", down, stage.resize_prob[1]);
    check_frequency("area", area, 1.0 / 3);
    check_frequency("Gaussian", gaussian, stage.gaussian_noise_prob);
    check_frequency("gray", gray, stage.gray_noise_prob);
    check_frequency("JPEG", jpeg, stage.jpeg_prob);
  }
};

}  // namespace

TEST_CASE("ten thousand samples honour every probability and every range", "[degrade]") {
  DegradationConfig config;
  config.first.jpeg_prob = 0.7;
  StageCounts first, second;
  Count resize_first, final_sinc;
  for (int sample = 0; sample < kSamples; ++sample) {
    const DegradationPlan plan = plan_of(sample, config);
    check_ranges(plan.first, config.first);
    check_ranges(plan.second, config.second);
    first.add(plan.first);
    second.add(plan.second);
    resize_first.add(plan.resize_before_jpeg);
    final_sinc.add(plan.final_sinc.has_value());
    if (plan.final_sinc) {
      REQUIRE(inside(plan.final_sinc->size, config.final_kernel_range));
      REQUIRE(inside(plan.final_sinc->cutoff, {std::numbers::pi / 3, std::numbers::pi}));
    }
    REQUIRE_FALSE(plan.sharpen_radius);
  }
  first.check(config.first);
  second.check(config.second);
  check_frequency("resize before JPEG", resize_first, 0.5);
  check_frequency("final sinc", final_sinc, config.final_sinc_prob);
}

TEST_CASE("choices of one sample are independent of each other", "[degrade]") {
  // Every pair of fair coins falls the same way half of the time.
  DegradationConfig config;
  config.first.blur_prob = config.second.blur_prob = 0.5;
  config.first.gray_noise_prob = config.second.gray_noise_prob = 0.5;
  config.first.jpeg_prob = config.second.jpeg_prob = config.final_sinc_prob = 0.5;
  const std::vector<std::function<bool(const DegradationPlan&)>> coins{
      [](const DegradationPlan& plan) { return plan.first.blur.has_value(); },
      [](const DegradationPlan& plan) { return plan.second.blur.has_value(); },
      [](const DegradationPlan& plan) { return plan.first.noise.gaussian; },
      [](const DegradationPlan& plan) { return plan.first.noise.field.gray; },
      [](const DegradationPlan& plan) { return plan.second.noise.field.gray; },
      [](const DegradationPlan& plan) { return plan.first.jpeg_quality.has_value(); },
      [](const DegradationPlan& plan) { return plan.second.jpeg_quality.has_value(); },
      [](const DegradationPlan& plan) { return plan.resize_before_jpeg; },
      [](const DegradationPlan& plan) { return plan.final_sinc.has_value(); }};
  std::map<std::pair<std::size_t, std::size_t>, Count> same;
  for (int sample = 0; sample < kSamples; ++sample) {
    const DegradationPlan plan = plan_of(sample, config);
    for (std::size_t a = 0; a < coins.size(); ++a) {
      for (std::size_t b = 0; b < a; ++b) {
        same[{a, b}].add(coins[a](plan) == coins[b](plan));
      }
    }
  }
  for (const auto& [pair, count] : same) {
    CAPTURE(pair.first, pair.second);
    check_frequency("equal coins", count, 0.5);
  }
}

TEST_CASE("another probability changes only the step it belongs to", "[degrade]") {
  DegradationConfig changed;
  changed.first.blur_prob = 0;
  changed.first.jpeg_prob = 0.5;
  changed.second.resize_prob = {0, 0, 1};
  for (int sample = 0; sample < 100; ++sample) {
    const DegradationPlan plan = plan_of(sample);
    const DegradationPlan other = plan_of(sample, changed);
    REQUIRE(plan.first.noise.strength == other.first.noise.strength);
    REQUIRE(plan.first.noise.field.key == other.first.noise.field.key);
    REQUIRE(plan.first.resize_factor == other.first.resize_factor);
    REQUIRE(plan.second.jpeg_quality == other.second.jpeg_quality);
    REQUIRE(plan.final_mode == other.final_mode);
    REQUIRE(other.second.resize_factor == 1);
    REQUIRE_FALSE(other.first.blur);
  }
}

TEST_CASE("the radius of sharpening is a whole number of its range, both ends included",
          "[degrade]") {
  DegradationConfig config;
  config.lq_usm = true;
  config.lq_usm_radius_range = {3, 6};
  std::map<int, int> counts;
  for (int sample = 0; sample < 4000; ++sample) {
    ++counts[*plan_of(sample, config).sharpen_radius];
  }
  REQUIRE(counts.size() == 4);
  for (int radius = 3; radius <= 6; ++radius) {
    CHECK(counts[radius] == Approx(1000).margin(110));
  }
}

}  // namespace sr
