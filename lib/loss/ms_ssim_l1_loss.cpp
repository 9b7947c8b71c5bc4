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

/// Powers with which the structure of R, G and B enters at each scale: the grouped convolution of
/// the source's code hands each channel five of its fifteen windows, three per scale, in order.
constexpr std::array<std::array<int, kSigmas.size()>, 3> kPowers{
    {{3, 2, 0, 0, 0}, {0, 1, 3, 1, 0}, {0, 0, 0, 2, 3}}};

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
    at::Tensor similarity = at::ones({}, x.options().requires_grad(false));
    for (std::size_t channel = 0; channel < kPowers.size(); ++channel) {
      for (std::size_t scale = 0; scale < kSigmas.size(); ++scale) {
        if (const int power = kPowers[channel][scale]; power > 0) {
          const auto c = static_cast<std::int64_t>(channel);
          similarity = similarity * compare(x.narrow(1, c, 1), y.narrow(1, c, 1), scale).pow(power);
        }
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
  /// Contrast and structure of [N, 1, H, W] at every pixel, at the widest scale times luminance.
  at::Tensor compare(const at::Tensor& x, const at::Tensor& y, std::size_t scale) const {
    const auto blur = [&](const at::Tensor& plane) {
      return convolve_separable(plane, windows_[scale], kRadius);
    };
    const at::Tensor mean_x = blur(x);
    const at::Tensor mean_y = blur(y);
    const at::Tensor variances = blur(x * x + y * y) - mean_x.square() - mean_y.square();
    const at::Tensor covariance = blur(x * y) - mean_x * mean_y;
    const at::Tensor structure = (2 * covariance + kC2) / (variances + kC2);
    return scale + 1 < kSigmas.size() ? structure
                                      : structure * (2 * mean_x * mean_y + kC1) /
                                            (mean_x.square() + mean_y.square() + kC1);
  }

  double alpha_;
  std::vector<at::Tensor> windows_;  ///< of kSigmas
};

}  // namespace

std::unique_ptr<Loss> recipe::make_loss(const MsSsimL1Options& options) {
  return std::make_unique<MsSsimL1Loss>(options);
}

}  // namespace sr
