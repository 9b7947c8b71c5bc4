#include "train/gradient_penalty.h"

#include <torch/torch.h>

#include "loss/gan_loss.h"

namespace sr {

GradientPenalty::GradientPenalty(const recipe::GanOptions& options, Discriminator& discriminator)
    : discriminator_(discriminator),
      factor_(options.r1_reg_weight / 2 * static_cast<double>(options.net_d_reg_every)),
      every_(options.net_d_reg_every),
      means_({"d_r1"}, discriminator.parameters().front().tensor.device()) {}

at::Tensor GradientPenalty::loss(const at::Tensor& real, double share) {
  const at::Tensor images = real.detach().requires_grad_(true);
  const at::Tensor logits = discriminator_.forward(images);
  at::Tensor loss = r1_penalty(logits, images) * (factor_ * share);
  means_.add(0, loss);
  return loss;
}

void GradientPenalty::commit(const at::Tensor& found_inf) {
  if (due_) {
    means_.commit(found_inf);
  }
}

}  // namespace sr
