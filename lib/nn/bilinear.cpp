#include "nn/bilinear.h"

#include <torch/torch.h>

namespace sr {
namespace {

/// [to, from]: row i holds the weights of the two pixels around the place of output pixel i.
at::Tensor weights(std::int64_t from, std::int64_t to, const at::TensorOptions& options) {
  const auto real = options.dtype(at::kFloat);
  const double pixel = static_cast<double>(from) / static_cast<double>(to);
  const at::Tensor places = at::arange(to, real)
                                .add_(0.5)
                                .mul_(pixel)
                                .sub_(0.5)
                                .clamp_(0.0, static_cast<double>(from - 1))
                                .unsqueeze(1);
  return at::sub(places, at::arange(from, real)).abs_().neg_().add_(1).clamp_min_(0).to(options);
}

}  // namespace

at::Tensor bilinear_by_products(const at::Tensor& images, std::int64_t height, std::int64_t width) {
  const at::TensorOptions options = images.options().requires_grad(false);
  const at::Tensor rows = weights(images.size(2), height, options);
  const at::Tensor columns = weights(images.size(3), width, options);
  return at::matmul(at::matmul(rows, images), columns.t());
}

at::Tensor resize_bilinear(const at::Tensor& images, std::int64_t height, std::int64_t width) {
  if (images.is_cuda() && at::globalContext().deterministicAlgorithms()) {
    return bilinear_by_products(images, height, width);
  }
  return at::upsample_bilinear2d(images, {height, width}, /*align_corners=*/false);
}

}  // namespace sr
