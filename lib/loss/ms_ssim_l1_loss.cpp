#include <array>

#include <torch/torch.h>

#include "loss/gaussian.h"
#include "loss/loss.h"
#include "recipe/ms_ssim_l1_loss.h"

namespace sr {
namespace {

constexpr std::array<double, 5> kSigmas{0.5, 1, 2, 4, 8};
constexpr std::int64_t kRadius = 16;
constexpr double kC1 = 0.01 * 0.01;
constexpr double kC2 = 0.03 * 0.03;

/// The product of R, G and B: [N, 1, H, W].
at::Tensor over_channels(const at::Tensor& x) {
  return x.narrow(1, 0, 1) * x.narrow(1, 1, 1) * x.narrow(1, 2, 1);
}

class MsSsimL1Loss final : public Loss {
 public:
  explicit MsSsimL1Loss(const recipe::MsSsimL1Options& options) : alpha_(options.alpha) {
    for (const double sigma : kSigmas) {
      windows_.push_back(gaussian_window(2 * kRadius + 1, sigma));
    }
  }

  at::Tensor operator()(const LossImages& images) const override {
    const at::Tensor& x = images.output;
    const at::Tensor& y = images.gt;
    at::Tensor similarity;
    for (const at::Tensor& window : windows_) {
      const auto blur = [&](const at::Tensor& planes) {
        return convolve_separable(planes, window, kRadius);
      };
      const at::Tensor mean_x = blur(x);
      const at::Tensor mean_y = blur(y);
      const at::Tensor variances = blur(x * x + y * y) - mean_x.square() - mean_y.square();
      const at::Tensor covariance = blur(x * y) - mean_x * mean_y;
      const at::Tensor structure = over_channels((2 * covariance + kC2) / (variances + kC2));
      similarity = similarity.defined() ? similarity * structure : structure;
      if (&window == &windows_.back()) {
        similarity = similarity * over_channels((2 * mean_x * mean_y + kC1) /
                                                (mean_x.square() + mean_y.square() + kC1));
      }
    }
    const at::Tensor absolute = convolve_separable((x - y).abs(), windows_.back(), kRadius);
    return alpha_ * (1 - similarity).mean() + (1 - alpha_) * absolute.mean();
  }

  void to(at::Device device, bool /*channels_last*/) override {
    for (at::Tensor& window : windows_) {
      window = window.to(device);
    }
  }

 private:
  double alpha_;
  std::vector<at::Tensor> windows_;  ///< of kSigmas
};

}  // namespace

std::unique_ptr<Loss> recipe::make_loss(const MsSsimL1Options& options) {
  return std::make_unique<MsSsimL1Loss>(options);
}

}  // namespace sr
