#include <algorithm>

#include <torch/torch.h>

#include "loss/color_space.h"
#include "loss/loss.h"
#include "loss/penalty.h"
#include "loss/sobel.h"
#include "recipe/gradient_loss.h"

namespace sr {
namespace {

class TotalVariationLoss final : public Loss {
 public:
  at::Tensor operator()(const LossImages& images) const override {
    const at::Tensor& x = images.output;
    return x.diff(1, 2).abs().mean() + x.diff(1, 3).abs().mean();
  }
};

class GradientVarianceLoss final : public Loss {
 public:
  explicit GradientVarianceLoss(const recipe::GradientVarianceOptions& options)
      : criterion_(options.criterion), side_(options.patch_size), kernels_(sobel_kernels()) {}

  at::Tensor operator()(const LossImages& images) const override {
    const at::Tensor difference = variances(images.output) - variances(images.gt);
    // The peers add the means of x and y.
    return 2 * penalty(difference, criterion_).mean();
  }

  void to(at::Device device, bool /*channels_last*/) override { kernels_ = kernels_.to(device); }

 private:
  at::Tensor variances(const at::Tensor& images) const {
    const at::Tensor slopes =
        sobel_gradients(weighted_channels(images, {0.2989, 0.5870, 0.1140}), kernels_);
    const std::int64_t height = std::min(side_, slopes.size(2));
    const std::int64_t width = std::min(side_, slopes.size(3));
    const std::int64_t rows = slopes.size(2) / height;
    const std::int64_t columns = slopes.size(3) / width;
    return slopes.narrow(2, 0, rows * height)
        .narrow(3, 0, columns * width)
        .reshape({slopes.size(0), 2, rows, height, columns, width})
        .var({3, 5}, /*unbiased=*/true);
  }

  Criterion criterion_;
  std::int64_t side_;
  at::Tensor kernels_;
};

class SobelEdgeLoss final : public Loss {
 public:
  SobelEdgeLoss() : kernels_(sobel_kernels() / 4) {}
  at::Tensor operator()(const LossImages& images) const override {
    return sobel_gradients(weighted_channels(images.output - images.gt, kYiqLuma), kernels_)
        .square()
        .mean();
  }
  void to(at::Device device, bool /*channels_last*/) override { kernels_ = kernels_.to(device); }

 private:
  at::Tensor kernels_;
};

}  // namespace

std::unique_ptr<Loss> recipe::make_loss(const TotalVariationOptions&) {
  return std::make_unique<TotalVariationLoss>();
}

std::unique_ptr<Loss> recipe::make_loss(const GradientVarianceOptions& options) {
  return std::make_unique<GradientVarianceLoss>(options);
}

std::unique_ptr<Loss> recipe::make_loss(const SobelEdgeOptions&) {
  return std::make_unique<SobelEdgeLoss>();
}

}  // namespace sr
