#include "loss/pixel_loss.h"

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

std::unique_ptr<Loss> make_l1_loss(const LossConfig&) {
  return std::make_unique<PixelLoss>(Criterion::kL1, 0);
}

std::unique_ptr<Loss> make_mse_loss(const LossConfig&) {
  return std::make_unique<PixelLoss>(Criterion::kL2, 0);
}

std::unique_ptr<Loss> make_charbonnier_loss(const LossConfig& config) {
  return std::make_unique<PixelLoss>(Criterion::kCharbonnier, config.eps);
}

}  // namespace sr
