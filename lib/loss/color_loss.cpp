#include <algorithm>

#include <torch/torch.h>

#include "loss/color_space.h"
#include "loss/loss.h"
#include "loss/penalty.h"
#include "recipe/color_loss.h"

namespace sr {
namespace {

/// Means of squares; of the whole image where it is smaller.
at::Tensor average_squares(const at::Tensor& images, std::int64_t side) {
  return at::avg_pool2d(images, {std::min(side, images.size(2)), std::min(side, images.size(3))});
}

/// Both spaces are linear in RGB, so the difference of the images is averaged and converted.
class AveragedLoss final : public Loss {
 public:
  AveragedLoss(const recipe::ColorOptions& options, bool chroma)
      : criterion_(options.criterion), side_(options.scale), chroma_(chroma) {}

  at::Tensor operator()(const LossImages& images) const override {
    const at::Tensor difference = average_squares(images.output - images.gt, side_);
    if (!chroma_) {
      return penalty(difference, criterion_).mean();
    }
    const at::Tensor cb =
        weighted_channels(difference, {-37.797 / 255, -74.203 / 255, 112.0 / 255});
    const at::Tensor cr =
        weighted_channels(difference, {112.0 / 255, -93.786 / 255, -18.214 / 255});
    return (penalty(cb, criterion_).mean() + penalty(cr, criterion_).mean()) / 2;
  }

 private:
  Criterion criterion_;
  std::int64_t side_;
  bool chroma_;
};

class LumaLoss final : public Loss {
 public:
  explicit LumaLoss(const recipe::LumaOptions& options) : criterion_(options.criterion) {}
  at::Tensor operator()(const LossImages& images) const override {
    return mean_penalty(lightness(images.output.clamp(0, 1)), lightness(images.gt.clamp(0, 1)),
                        criterion_);
  }

 private:
  Criterion criterion_;
};

class CosineSimilarityLoss final : public Loss {
 public:
  explicit CosineSimilarityLoss(const recipe::CosineSimilarityOptions& options)
      : factor_(options.cosim_lambda) {}
  at::Tensor operator()(const LossImages& images) const override {
    const at::Tensor output = images.output.clamp(1e-12, 1);
    const at::Tensor gt = images.gt.clamp(1e-12, 1);
    return factor_ * (1 - at::cosine_similarity(output, gt, 1, 1e-20)).mean();
  }

 private:
  double factor_;
};

}  // namespace

std::unique_ptr<Loss> recipe::make_loss(const ColorOptions& options) {
  return std::make_unique<AveragedLoss>(options, /*chroma=*/true);
}

std::unique_ptr<Loss> recipe::make_loss(const AverageOptions& options) {
  return std::make_unique<AveragedLoss>(options, /*chroma=*/false);
}

std::unique_ptr<Loss> recipe::make_loss(const LumaOptions& options) {
  return std::make_unique<LumaLoss>(options);
}

std::unique_ptr<Loss> recipe::make_loss(const CosineSimilarityOptions& options) {
  return std::make_unique<CosineSimilarityLoss>(options);
}

}  // namespace sr
