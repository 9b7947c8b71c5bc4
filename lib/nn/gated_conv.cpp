#include "nn/gated_conv.h"

#include <vector>

#include <torch/torch.h>

#include "nn/convolved.h"

namespace sr {

at::Tensor gated_conv(const at::Tensor& features, const GatedConv& gate) {
  const std::vector<at::Tensor> halves =
      convolved(convolved(features, gate.in), gate.depthwise).chunk(2, 1);
  return convolved(at::gelu(halves[0]) * halves[1], gate.out);
}

}  // namespace sr
