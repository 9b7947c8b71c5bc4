#include "nn/convolved.h"

#include <array>

#include <torch/torch.h>

namespace sr {

at::Tensor convolved(const at::Tensor& features, const Layer& layer, std::int64_t dilation) {
  const at::Tensor& kernel = layer.weight;
  const std::array<std::int64_t, 2> padding{kernel.size(2) / 2 * dilation,
                                            kernel.size(3) / 2 * dilation};
  return at::conv2d(features, kernel, layer.bias, at::IntArrayRef{1, 1}, padding,
                    at::IntArrayRef{dilation, dilation}, features.size(1) / kernel.size(1));
}

}  // namespace sr
