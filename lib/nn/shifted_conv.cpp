#include "nn/shifted_conv.h"

#include <torch/torch.h>

#include "nn/convolved.h"

namespace sr {
namespace {

constexpr std::int64_t kDirections = 5;  ///< four sides and none

}  // namespace

at::Tensor ShiftedConv::operator()(const at::Tensor& features) const {
  return convolved(convolved(features, shift), mix);
}

at::Tensor ShiftedConv::kernels(std::int64_t channels) {
  const std::int64_t share = channels / kDirections;
  at::Tensor kernels = torch::zeros({channels, 1, 3, 3});
  const auto set = [&](std::int64_t first, std::int64_t count, int row, int column) {
    kernels.narrow(0, first, count).select(2, row).select(2, column).fill_(1);
  };
  set(0, share, 1, 2);
  set(share, share, 1, 0);
  set(2 * share, share, 2, 1);
  set(3 * share, share, 0, 1);
  set(4 * share, channels - 4 * share, 1, 1);
  return kernels;
}

}  // namespace sr
