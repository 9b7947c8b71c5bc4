#include "nn/pixel_norm.h"

#include <cmath>

#include <torch/torch.h>

namespace sr {
namespace {

constexpr double kEpsilon = 1e-6;

}  // namespace

at::Tensor layer_norm_of_pixels(const at::Tensor& features, const Layer& norm, double epsilon) {
  const at::Tensor pixels = features.permute({0, 2, 3, 1}).to(norm.weight.scalar_type());
  return at::layer_norm(pixels, {features.size(1)}, norm.weight, norm.bias, epsilon)
      .permute({0, 3, 1, 2})
      .to(features.scalar_type())
      .contiguous(features.suggest_memory_format());
}

at::Tensor rms_norm_of_pixels(const at::Tensor& features, const Layer& norm) {
  const double root = std::sqrt(static_cast<double>(features.size(1)));
  const at::Tensor values = features.to(norm.weight.scalar_type());
  const at::Tensor pixels =
      values / (values.norm(2, at::IntArrayRef{1}, /*keepdim=*/true) / root + kEpsilon);
  return at::addcmul(norm.bias.view({-1, 1, 1}), norm.weight.view({-1, 1, 1}), pixels)
      .to(features.scalar_type());
}

}  // namespace sr
