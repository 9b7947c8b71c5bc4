#include <torch/torch.h>

#include "loss/bicubic.h"
#include "loss/loss.h"
#include "loss/penalty.h"
#include "recipe/bicubic_loss.h"

namespace sr {
namespace {

class BicubicLoss final : public Loss {
 public:
  explicit BicubicLoss(const recipe::BicubicOptions& options)
      : criterion_(options.criterion), factor_(options.scale) {}

  at::Tensor operator()(const LossImages& images) const override {
    // Linear, so the difference is shrunk in place of both images.
    return penalty(bicubic_shrunk(images.output - images.gt, factor_), criterion_).mean();
  }

 private:
  Criterion criterion_;
  std::int64_t factor_;
};

}  // namespace

std::unique_ptr<Loss> recipe::make_loss(const BicubicOptions& options) {
  return std::make_unique<BicubicLoss>(options);
}

}  // namespace sr
