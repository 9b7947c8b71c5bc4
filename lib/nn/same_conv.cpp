#include "nn/same_conv.h"

#include <torch/torch.h>

namespace sr {

at::Tensor same_conv(const at::Tensor& features, const Layer& layer, std::int64_t dilation) {
  const std::int64_t groups = layer.weight.size(1) == 1 ? features.size(1) : 1;
  const std::int64_t padding = layer.weight.size(2) / 2 * dilation;
  return at::conv2d(features, layer.weight, layer.bias, at::IntArrayRef{1, 1},
                    at::IntArrayRef{padding, padding}, at::IntArrayRef{dilation, dilation}, groups);
}

at::Tensor gated_conv(const at::Tensor& features, const GatedConv& gate) {
  const std::vector<at::Tensor> halves =
      same_conv(same_conv(features, gate.in), gate.depthwise).chunk(2, 1);
  return same_conv(at::gelu(halves[0]) * halves[1], gate.out);
}

}  // namespace sr
