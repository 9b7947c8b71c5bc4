#include <algorithm>

#include <torch/torch.h>

#include "loss/color_space.h"
#include "loss/gaussian.h"
#include "loss/loss.h"
#include "loss/penalty.h"
#include "recipe/consistency_loss.h"

namespace sr {
namespace {

constexpr std::int64_t kRadius = 10;
constexpr double kSigma = 3;
constexpr double kCosineLimit = 1e-3;

class ConsistencyLoss final : public Loss {
 public:
  explicit ConsistencyLoss(const recipe::ConsistencyOptions& options)
      : criterion_(options.criterion),
        blur_(options.blur),
        cosine_(options.cosim),
        saturation_(options.saturation),
        brightness_(options.brightness),
        window_(gaussian_window(2 * kRadius + 1, kSigma)) {}

  at::Tensor operator()(const LossImages& images) const override {
    const at::Tensor output = images.output.clamp(1.0 / 255, 1);
    const at::Tensor gt = images.gt.clamp(1.0 / 255, 1);
    const at::Tensor light = lightness(smoothed(output));
    const at::Tensor light_gt = lightness(smoothed(gt)) * brightness_;
    const at::Tensor chroma = (oklab_chroma(output) + 0.5).clamp(0, 1);
    const at::Tensor chroma_gt = (oklab_chroma(gt) * saturation_ + 0.5).clamp(0, 1);
    at::Tensor loss =
        mean_penalty(light, light_gt, criterion_) + mean_penalty(chroma, chroma_gt, criterion_);
    if (!cosine_) {
      return loss;
    }
    // neosr compares lightness along the columns of the image.
    const at::Tensor angle = 1 - 0.5 * at::cosine_similarity(chroma, chroma_gt, 1, 1e-20).mean() -
                             0.5 * at::cosine_similarity(light, light_gt, 2, 1e-20).mean();
    return loss + angle * angle.lt(kCosineLimit);
  }

  bool is_mean_over_samples() const override { return !cosine_; }
  void to(at::Device device, bool /*channels_last*/) override { window_ = window_.to(device); }

 private:
  /// Mirrored at the borders; in small images the window ends where the mirror does.
  at::Tensor smoothed(const at::Tensor& images) const {
    if (!blur_) {
      return images;
    }
    const std::int64_t radius = std::min({kRadius, images.size(2) - 1, images.size(3) - 1});
    const at::Tensor cut = window_.narrow(0, kRadius - radius, 2 * radius + 1);
    const at::Tensor padded = at::reflection_pad2d(images, {radius, radius, radius, radius});
    return convolve_separable(padded, cut / cut.sum(), 0).clamp(0, 1);
  }

  Criterion criterion_;
  bool blur_;
  bool cosine_;
  double saturation_;
  double brightness_;
  at::Tensor window_;
};

}  // namespace

std::unique_ptr<Loss> recipe::make_loss(const ConsistencyOptions& options) {
  return std::make_unique<ConsistencyLoss>(options);
}

}  // namespace sr
