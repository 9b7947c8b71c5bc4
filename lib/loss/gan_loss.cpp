#include "loss/gan_loss.h"

#include <stdexcept>

#include <torch/torch.h>

#include "nn/input_gradient.h"

namespace sr {

GanLoss::GanLoss(const recipe::GanOptions& options)
    : type_(options.gan_type),
      real_label_(options.real_label_val),
      fake_label_(options.fake_label_val),
      relativistic_(options.relativistic) {}

at::Tensor GanLoss::operator()(const at::Tensor& logits, bool real, bool for_discriminator) const {
  const at::Tensor x = logits.scalar_type() == at::kDouble ? logits : logits.to(at::kFloat);
  const double label = real ? real_label_ : fake_label_;
  switch (type_) {
    case GanType::kVanilla:
      return at::binary_cross_entropy_with_logits(x, at::full_like(x, label));
    case GanType::kLsgan:
      return (x - label).square().mean();
    case GanType::kWgan:
      return real ? -x.mean() : x.mean();
    case GanType::kWganSoftplus:
      return at::softplus(real ? -x : x).mean();
    case GanType::kHinge:
      if (for_discriminator) {
        return at::relu(1 + (real ? -x : x)).mean();
      }
      return -x.mean();
  }
  throw std::logic_error("unknown GanType");
}

at::Tensor r1_penalty(const at::Tensor& logits, const at::Tensor& images) {
  return input_gradient(logits, images).square().sum({1, 2, 3}).mean();
}

}  // namespace sr
