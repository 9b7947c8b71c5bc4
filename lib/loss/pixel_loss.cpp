#include "recipe/pixel_loss.h"
#include "loss/loss.h"
#include "loss/penalty.h"

namespace sr {
namespace {

class PixelLoss final : public Loss {
 public:
  PixelLoss(Criterion criterion, double eps) : criterion_(criterion), eps_(eps) {}
  at::Tensor operator()(const LossImages& images) const override {
    return mean_penalty(images.output, images.gt, criterion_, eps_);
  }

 private:
  Criterion criterion_;
  double eps_;
};

}  // namespace

std::unique_ptr<Loss> recipe::make_loss(const L1Options&) {
  return std::make_unique<PixelLoss>(Criterion::kL1, 0);
}

std::unique_ptr<Loss> recipe::make_loss(const MseOptions&) {
  return std::make_unique<PixelLoss>(Criterion::kL2, 0);
}

std::unique_ptr<Loss> recipe::make_loss(const CharbonnierOptions& options) {
  return std::make_unique<PixelLoss>(Criterion::kCharbonnier, options.eps);
}

}  // namespace sr
