#include "optim/flat_vector.h"

#include <cstdint>

#include <ATen/ATen.h>

namespace sr {
namespace {

/// Where the parts of a vector begin: cache lines, and what vector instructions and cuDNN align to.
constexpr std::int64_t kAlignment = 16;

std::int64_t aligned(std::int64_t size) {
  return (size + kAlignment - 1) / kAlignment * kAlignment;
}

}  // namespace

FlatVector make_flat_vector(const std::vector<at::Tensor>& parameters) {
  std::int64_t size = 0;
  for (const at::Tensor& parameter : parameters) {
    size += aligned(parameter.numel());
  }
  const at::TensorOptions options = parameters.front().detach().options().requires_grad(false);
  FlatVector vector{at::zeros({size}, options), {}, {}};
  std::int64_t offset = 0;
  for (const at::Tensor& parameter : parameters) {
    const at::Tensor flat = vector.all.narrow(0, offset, parameter.numel());
    vector.flat.push_back(flat);
    vector.parts.push_back(flat.as_strided(parameter.sizes(), parameter.strides()));
    offset += aligned(parameter.numel());
  }
  return vector;
}

at::Tensor flat_view(const at::Tensor& tensor) {
  TORCH_CHECK(tensor.is_non_overlapping_and_dense(), "a parameter must be dense");
  return tensor.detach().as_strided({tensor.numel()}, {1});
}

}  // namespace sr
