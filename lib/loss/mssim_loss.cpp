#include <array>

#include <torch/torch.h>

#include "loss/color_space.h"
#include "loss/gaussian.h"
#include "loss/loss.h"
#include "loss/penalty.h"
#include "recipe/mssim_loss.h"

namespace sr {
namespace {

using recipe::LumaSpace;

constexpr std::array<double, 5> kScaleWeights{0.0448, 0.2856, 0.3001, 0.2363, 0.1333};
constexpr std::int64_t kWindow = 11;
constexpr double kSigma = 1.5;
constexpr double kC1 = 0.01 * 0.01;
constexpr double kC2 = 0.03 * 0.03;

at::Tensor halve(const at::Tensor& images) {
  return at::avg_pool2d(images, 2, 2, at::IntArrayRef({images.size(2) % 2, images.size(3) % 2}));
}

/// What is compared, and how: planes in Gaussian windows.
class Similarity {
 public:
  Similarity(bool luma, recipe::LumaSpace space)
      : luma_(luma), space_(space), window_(gaussian_window(kWindow, kSigma)) {}

  void to(at::Device device) { window_ = window_.to(device); }

  at::Tensor planes(const at::Tensor& images) const {
    // Plane by plane, as it is filtered: LibTorch's CUDA gradient of a padded average pool in
    // channels_last is wrong (pytorch issue 188344, in 2.11).
    at::Tensor clamped = images.clamp(0, 1).contiguous();
    if (!luma_) {
      return clamped;
    }
    if (space_ == LumaSpace::kYiq) {
      return weighted_channels(clamped, kYiqLuma);
    }
    if (space_ == LumaSpace::kLhm) {
      return weighted_channels(clamped, {0.2989, 0.587, 0.114});
    }
    return weighted_channels(clamped, {65.481 / 255, 128.553 / 255, 24.966 / 255}) + 16.0 / 255;
  }

  /// Contrast and structure, times luminance when asked for, at every place of the window.
  at::Tensor compare(const at::Tensor& x, const at::Tensor& y, bool luminance) const {
    const bool fits = x.size(2) >= kWindow && x.size(3) >= kWindow;
    const auto blur = [&](const at::Tensor& images) {
      return convolve_separable(images, window_, fits ? 0 : kWindow / 2);
    };
    const at::Tensor mean_x = blur(x);
    const at::Tensor mean_y = blur(y);
    const at::Tensor variance_x = blur(x * x) - mean_x * mean_x;
    const at::Tensor variance_y = blur(y * y) - mean_y * mean_y;
    const at::Tensor covariance = blur(x * y) - mean_x * mean_y;
    at::Tensor structure = at::relu((2 * covariance + kC2) / (variance_x + variance_y + kC2));
    if (!luminance) {
      return structure;
    }
    return structure * (2 * mean_x * mean_y + kC1) / (mean_x.square() + mean_y.square() + kC1);
  }

 private:
  bool luma_;
  recipe::LumaSpace space_;
  at::Tensor window_;
};

class MssimLoss final : public Loss {
 public:
  explicit MssimLoss(const recipe::MssimOptions& options)
      : similarity_(options.test_y_channel, options.color_space),
        luminance_(options.include_luminance) {}

  at::Tensor operator()(const LossImages& images) const override {
    at::Tensor output = similarity_.planes(images.output);
    at::Tensor gt = similarity_.planes(images.gt);
    at::Tensor product;
    for (std::size_t scale = 0; scale < kScaleWeights.size(); ++scale) {
      const bool last = scale + 1 == kScaleWeights.size();
      const at::Tensor similarity =
          similarity_.compare(output, gt, last && luminance_).mean({1, 2, 3});
      const at::Tensor factor = power_from_zero(similarity, kScaleWeights[scale]);
      product = product.defined() ? product * factor : factor;
      if (!last) {
        output = halve(output);
        gt = halve(gt);
      }
    }
    return 1 - product.mean().clamp(0, 1);
  }

  void to(at::Device device, bool /*channels_last*/) override { similarity_.to(device); }

 private:
  Similarity similarity_;
  bool luminance_;
};

class SsimLoss final : public Loss {
 public:
  explicit SsimLoss(const recipe::SsimOptions& options)
      : similarity_(options.test_y_channel, options.color_space) {}

  at::Tensor operator()(const LossImages& images) const override {
    return 1 - similarity_
                   .compare(similarity_.planes(images.output), similarity_.planes(images.gt),
                            /*luminance=*/true)
                   .mean();
  }

  void to(at::Device device, bool /*channels_last*/) override { similarity_.to(device); }

 private:
  Similarity similarity_;
};

}  // namespace

std::unique_ptr<Loss> recipe::make_loss(const MssimOptions& options) {
  return std::make_unique<MssimLoss>(options);
}

std::unique_ptr<Loss> recipe::make_loss(const SsimOptions& options) {
  return std::make_unique<SsimLoss>(options);
}

}  // namespace sr
