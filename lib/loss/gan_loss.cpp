#include "loss/gan_loss.h"

#include <stdexcept>

#include <torch/torch.h>

#include "nn/input_gradient.h"

namespace sr {
namespace {

at::Tensor in_float(const at::Tensor& logits) {
  return logits.scalar_type() == at::kDouble ? logits : logits.to(at::kFloat);
}

}  // namespace

GanLoss::GanLoss(const recipe::GanOptions& options)
    : type_(options.gan_type),
      real_label_(options.real_label_val),
      fake_label_(options.fake_label_val),
      relativistic_(options.relativistic) {}

at::Tensor GanLoss::of_discriminator(const at::Tensor& logits, GanTarget target) const {
  const bool real = target == GanTarget::kReal;
  const at::Tensor x = in_float(logits);
  if (type_ == GanType::kHinge) {
    return at::relu(1 + (real ? -x : x)).mean();
  }
  return loss(x, real);
}

at::Tensor GanLoss::of_generator(const at::Tensor& logits, GanTarget target) const {
  const at::Tensor x = in_float(logits);
  return type_ == GanType::kHinge ? -x.mean() : loss(x, target == GanTarget::kReal);
}

/// Of the types that are the same for both.
at::Tensor GanLoss::loss(const at::Tensor& x, bool real) const {
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
      break;
  }
  throw std::logic_error("this GanType is not the same for both networks");
}

at::Tensor r1_penalty(const at::Tensor& logits, const at::Tensor& images) {
  return input_gradient(logits, images).square().sum({1, 2, 3}).mean();
}

}  // namespace sr
