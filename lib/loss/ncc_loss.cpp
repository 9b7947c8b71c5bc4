#include <torch/torch.h>

#include "loss/loss.h"
#include "recipe/ncc_loss.h"

namespace sr {
namespace {

/// [N, C, H, W] to [N, C, H W] with a mean of 0.
at::Tensor centred(const at::Tensor& images) {
  const at::Tensor flat = images.flatten(2);
  return flat - flat.mean(2, /*keepdim=*/true);
}

class NccLoss final : public Loss {
 public:
  at::Tensor operator()(const LossImages& images) const override {
    const at::Tensor x = centred(images.output);
    const at::Tensor y = centred(images.gt);
    const at::Tensor squares = x.square().sum(2) * y.square().sum(2);
    const at::Tensor correlation = (x * y).sum(2) / squares.masked_fill(squares.eq(0), 1).sqrt();
    return (1 - correlation.mean()) / 2;
  }
};

}  // namespace

std::unique_ptr<Loss> recipe::make_loss(const NccOptions&) {
  return std::make_unique<NccLoss>();
}

}  // namespace sr
