#include <torch/torch.h>

#include "loss/bicubic.h"
#include "loss/color_space.h"
#include "loss/gaussian.h"
#include "loss/loss.h"
#include "loss/penalty.h"
#include "recipe/hsluv_loss.h"

namespace sr {
namespace {

/// Saturation below which a colour counts as gray; distance from black and white below which it
/// has no hue.
constexpr double kFaint = 0.1;

/// 0 to 1: by the shorter way round the circle; between a gray and a colour the colour's
/// saturation; 0 between grays, between blacks and between whites.
at::Tensor hue_difference(const Hsluv& x, const Hsluv& y) {
  const at::Tensor turn = (x.hue - y.hue).abs();
  at::Tensor difference = 2 * at::minimum(turn, 1 - turn);
  const at::Tensor gray_x = x.saturation.lt(kFaint);
  const at::Tensor gray_y = y.saturation.lt(kFaint);
  difference = difference.masked_fill(gray_x.logical_and(gray_y), 0);
  difference =
      at::where(gray_x.logical_xor(gray_y), at::maximum(x.saturation, y.saturation), difference);
  const auto both = [&](const at::Tensor& in_x, const at::Tensor& in_y) {
    return in_x.logical_and(in_y);
  };
  const at::Tensor no_hue =
      both(x.lightness.lt(kFaint), y.lightness.lt(kFaint))
          .logical_or(both(x.lightness.gt(1 - kFaint), y.lightness.gt(1 - kFaint)));
  return difference.masked_fill(no_hue, 0);
}

/// 0.5 for middle gray, 0 for black and white.
at::Tensor distance_from_ends(const at::Tensor& lightness) {
  return at::minimum(lightness, 1 - lightness);
}

class HsluvLoss final : public Loss {
 public:
  explicit HsluvLoss(const recipe::HsluvOptions& options)
      : criterion_(options.criterion),
        hue_(options.hue_weight),
        saturation_(options.saturation_weight),
        lightness_(options.lightness_weight),
        factor_(options.downscale_factor),
        radius_(2 * static_cast<std::int64_t>(options.blur_strength)) {
    if (radius_ > 0) {
      window_ = gaussian_window(2 * radius_ + 1, options.blur_strength);
    }
  }

  at::Tensor operator()(const LossImages& images) const override {
    const Hsluv x = hsluv(downscaled(blurred(images.output)));
    const Hsluv y = hsluv(downscaled(blurred(images.gt)));
    const at::Tensor trust = distance_from_ends(x.lightness) + distance_from_ends(y.lightness);
    const at::Tensor saturation = penalty(x.saturation - y.saturation, criterion_) * trust;
    return hue_ * hue_difference(x, y).mean() + saturation_ * saturation.mean() +
           lightness_ * mean_penalty(x.lightness, y.lightness, criterion_);
  }

  void to(at::Device device, bool /*channels_last*/) override {
    if (radius_ > 0) {
      window_ = window_.to(device);
    }
  }

 private:
  at::Tensor blurred(const at::Tensor& images) const {
    const std::int64_t r = radius_;
    return r == 0 ? images
                  : convolve_separable(at::reflection_pad2d(images, {r, r, r, r}), window_, 0);
  }

  at::Tensor downscaled(const at::Tensor& images) const {
    return factor_ == 1 ? images : bicubic_shrunk(images, factor_).clamp(0, 1);
  }

  Criterion criterion_;
  double hue_;
  double saturation_;
  double lightness_;
  std::int64_t factor_;
  std::int64_t radius_;  ///< of the blur; 0 = none
  at::Tensor window_;
};

}  // namespace

std::unique_ptr<Loss> recipe::make_loss(const HsluvOptions& options) {
  return std::make_unique<HsluvLoss>(options);
}

}  // namespace sr
