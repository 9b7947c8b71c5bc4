#include "degrade/plan.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace sr {
namespace {

using std::numbers::pi;

/// Sinc kernels below this side cut off at pi / 3 or above, others from pi / 5 on (Real-ESRGAN).
constexpr int kWideSinc = 13;
/// Of doing the last resize before the last JPEG.
constexpr double kResizeFirst = 0.5;

/// Draws what one stage needs.
class StagePlanner {
 public:
  StagePlanner(const DegradationStage& stage, const Draws& draws, int number)
      : stage_(stage), draws_(draws), number_(number) {}

  StagePlan plan() const {
    StagePlan plan;
    if (chance(bits(StageDraw::kBlur), stage_.blur_prob)) {
      plan.blur = blur();
    }
    plan.resize_factor = resize_factor();
    plan.resize_mode =
        stage_.resize_mode_list[weighted(bits(StageDraw::kResizeMode), stage_.resize_mode_prob)];
    plan.noise = noise();
    if (chance(bits(StageDraw::kJpeg), stage_.jpeg_prob)) {
      plan.jpeg_quality =
          static_cast<int>(std::lround(uniform(bits(StageDraw::kJpegQuality), stage_.jpeg_range)));
    }
    return plan;
  }

 private:
  std::uint64_t bits(StageDraw draw) const { return draws_.bits(number_, draw); }

  BlurPlan blur() const {
    BlurPlan blur;
    blur.size = odd_size(bits(StageDraw::kKernelSize), stage_.kernel_range);
    if (chance(bits(StageDraw::kSinc), stage_.sinc_prob)) {
      const double lowest = blur.size < kWideSinc ? pi / 3 : pi / 5;
      blur.sinc = SincPlan{blur.size, uniform(bits(StageDraw::kCutoff), {lowest, pi})};
      return blur;
    }
    blur.shape = stage_.kernel_list[weighted(bits(StageDraw::kKernelShape), stage_.kernel_prob)];
    blur.ellipse = {uniform(bits(StageDraw::kSigmaX), stage_.blur_sigma),
                    uniform(bits(StageDraw::kSigmaY), stage_.blur_sigma),
                    uniform(bits(StageDraw::kRotation), {-pi, pi})};
    blur.beta = beta(blur.shape);
    return blur;
  }

  /// Below and above 1 equally often, whatever the range.
  double beta(KernelShape shape) const {
    const bool plateau = shape == KernelShape::kPlateauIso || shape == KernelShape::kPlateauAniso;
    const Interval range = plateau ? stage_.betap_range : stage_.betag_range;
    const bool low_side = chance(bits(StageDraw::kBetaSide), 0.5);
    return uniform(bits(StageDraw::kBeta),
                   low_side ? Interval{range.low, 1} : Interval{1, range.high});
  }

  double resize_factor() const {
    const Interval range = stage_.resize_range;
    const std::uint64_t drawn = bits(StageDraw::kResizeFactor);
    switch (weighted(bits(StageDraw::kResizeDirection), stage_.resize_prob)) {
      case 0:
        return uniform(drawn, {1, range.high});
      case 1:
        return uniform(drawn, {range.low, 1});
      default:
        return 1;
    }
  }

  NoisePlan noise() const {
    NoisePlan noise;
    noise.gaussian = chance(bits(StageDraw::kNoiseKind), stage_.gaussian_noise_prob);
    noise.strength = uniform(bits(StageDraw::kNoiseStrength),
                             noise.gaussian ? stage_.noise_range : stage_.poisson_scale_range);
    noise.field = {bits(StageDraw::kNoiseField),
                   chance(bits(StageDraw::kGrayNoise), stage_.gray_noise_prob)};
    return noise;
  }

  const DegradationStage& stage_;
  const Draws& draws_;
  int number_;
};

}  // namespace

DegradationPlan make_plan(const DegradationConfig& config, const Draws& draws) {
  DegradationPlan plan;
  plan.antialias = config.resize_antialias;
  if (config.lq_usm) {
    const Interval radius = config.lq_usm_radius_range;
    plan.sharpen_radius = static_cast<int>(
        std::floor(uniform(draws.bits(SampleDraw::kSharpenRadius), {radius.low, radius.high + 1})));
  }
  plan.thick_lines = chance(draws.bits(SampleDraw::kThickLines), config.thicklines_prob);
  plan.first = StagePlanner(config.first, draws, 1).plan();
  plan.second = StagePlanner(config.second, draws, 2).plan();
  plan.resize_before_jpeg = chance(draws.bits(SampleDraw::kResizeFirst), kResizeFirst);
  plan.final_mode = config.resize_mode_list3[weighted(draws.bits(SampleDraw::kFinalResizeMode),
                                                      config.resize_mode_prob3)];
  if (chance(draws.bits(SampleDraw::kFinalSinc), config.final_sinc_prob)) {
    plan.final_sinc =
        SincPlan{odd_size(draws.bits(SampleDraw::kFinalKernelSize), config.final_kernel_range),
                 uniform(draws.bits(SampleDraw::kFinalCutoff), {pi / 3, pi})};
  }
  return plan;
}

}  // namespace sr
