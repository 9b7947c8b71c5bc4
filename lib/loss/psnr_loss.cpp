#include <cmath>

#include <torch/torch.h>

#include "loss/color_space.h"
#include "loss/loss.h"
#include "recipe/psnr_loss.h"

namespace sr {
namespace {

constexpr double kFloor = 1e-8;  ///< of the mean squared difference

class PsnrLoss final : public Loss {
 public:
  explicit PsnrLoss(const recipe::PsnrOptions& options) : luma_(options.to_y) {}

  at::Tensor operator()(const LossImages& images) const override {
    at::Tensor difference = images.output - images.gt;
    if (luma_) {  // its offset of 16 is in both images
      difference = weighted_channels(difference, {65.481 / 255, 128.553 / 255, 24.966 / 255});
    }
    return 10 / std::log(10.0) * (difference.square().mean({1, 2, 3}) + kFloor).log().mean();
  }

 private:
  bool luma_;
};

}  // namespace

std::unique_ptr<Loss> recipe::make_loss(const PsnrOptions& options) {
  return std::make_unique<PsnrLoss>(options);
}

}  // namespace sr
