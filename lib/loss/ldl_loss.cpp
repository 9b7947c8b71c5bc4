#include <stdexcept>

#include <torch/torch.h>

#include "loss/loss.h"
#include "loss/penalty.h"
#include "recipe/ldl_loss.h"

namespace sr {
namespace {

constexpr std::int64_t kSide = 7;

at::Tensor residual(const at::Tensor& images, const at::Tensor& gt) {
  return (gt - images).abs().sum(1, /*keepdim=*/true);
}

/// Unbiased variance in the window around each pixel of [N, 1, H, W], mirrored at the borders. In
/// float64: a small variance is the difference of two large numbers.
at::Tensor local_variance(const at::Tensor& plane) {
  constexpr std::int64_t kBorder = kSide / 2;
  constexpr double kCount = kSide * kSide;
  const at::Tensor padded =
      at::reflection_pad2d(plane.to(at::kDouble), {kBorder, kBorder, kBorder, kBorder});
  const auto mean = [](const at::Tensor& values) { return at::avg_pool2d(values, kSide, 1); };
  const at::Tensor variance = mean(padded.square()) - mean(padded).square();
  return (variance.clamp_min(0) * (kCount / (kCount - 1))).to(plane.scalar_type());
}

class LdlLoss final : public Loss {
 public:
  explicit LdlLoss(const recipe::LdlOptions& options) : criterion_(options.criterion) {}

  at::Tensor operator()(const LossImages& images) const override {
    if (!images.averaged.defined()) {
      throw std::logic_error("ldlloss was called without the averaged network's images");
    }
    const at::Tensor now = residual(images.output, images.gt);
    const at::Tensor better = now.lt(residual(images.averaged, images.gt));
    const at::Tensor image_weight = power_from_zero(now.var({1, 2, 3}, true, true), 0.2);
    const at::Tensor weight = (image_weight * local_variance(now)).masked_fill(better, 0);
    return penalty(weight * (images.output - images.gt), criterion_).mean();
  }

  bool needs_averaged_output() const override { return true; }

 private:
  Criterion criterion_;
};

}  // namespace

std::unique_ptr<Loss> recipe::make_loss(const LdlOptions& options) {
  return std::make_unique<LdlLoss>(options);
}

}  // namespace sr
