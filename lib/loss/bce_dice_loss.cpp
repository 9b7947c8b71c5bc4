#include <torch/torch.h>

#include "loss/loss.h"
#include "recipe/bce_dice_loss.h"

namespace sr {
namespace {

class BceDiceLoss final : public Loss {
 public:
  explicit BceDiceLoss(const recipe::BceDiceOptions& options) : options_(options) {}

  at::Tensor operator()(const LossImages& images) const override {
    const at::Tensor& logits = images.output;
    const auto sum = [](const at::Tensor& values) { return values.sum({1, 2, 3}); };
    const at::Tensor probabilities = logits.sigmoid();
    const at::Tensor dice =
        2 * sum(probabilities * images.gt) / (sum(probabilities) + sum(images.gt) + options_.eps);
    return options_.weight_bce * at::binary_cross_entropy_with_logits(logits, images.gt) +
           options_.weight_dice * (1 - dice.mean());
  }

 private:
  recipe::BceDiceOptions options_;
};

}  // namespace

std::unique_ptr<Loss> recipe::make_loss(const BceDiceOptions& options) {
  return std::make_unique<BceDiceLoss>(options);
}

}  // namespace sr
