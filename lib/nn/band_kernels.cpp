#include "nn/band_kernels.h"

#include <vector>

#include <torch/torch.h>

#include "nn/convolved.h"

namespace sr {

std::array<BandKernel, 3> band_kernels(std::int64_t features) {
  const std::int64_t share = features / kBandShare;
  return {{{"dwconv_hw", {share, 1, 3, 3}},
           {"dwconv_w", {share, 1, 1, kBandLength}},
           {"dwconv_h", {share, 1, kBandLength, 1}}}};
}

at::Tensor through_bands(const BandKernels& kernels, const at::Tensor& features) {
  const std::int64_t share = kernels[0].weight.size(0);
  std::int64_t first = features.size(1) - static_cast<std::int64_t>(kernels.size()) * share;
  std::vector<at::Tensor> parts;
  for (const Layer& kernel : kernels) {
    parts.push_back(convolved(features.narrow(1, first, share), kernel));
    first += share;
  }
  return at::cat(parts, 1);
}

}  // namespace sr
