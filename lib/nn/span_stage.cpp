#include "nn/span_stage.h"

#include <torch/torch.h>

namespace sr {

at::Tensor span_stage(const at::Tensor& x, std::span<const Layer> convs, const Layer& join,
                      SmoothActivation activation) {
  at::Tensor features = x;
  at::Tensor behind_first;
  at::Tensor inside_last;
  for (std::size_t i = 0; i + 1 < convs.size(); i += 3) {
    inside_last = at::conv2d(features, convs[i].weight, convs[i].bias, 1, 1);
    const at::Tensor middle = activated_conv3x3(inside_last, activation, convs[i + 1]);
    features = gated_skip(activated_conv3x3(middle, activation, convs[i + 2]), features);
    if (!behind_first.defined()) {
      behind_first = features;
    }
  }
  const at::Tensor last = at::conv2d(features, convs.back().weight, convs.back().bias, 1, 1);
  const at::Tensor seen = at::cat({x, last, behind_first, activate(inside_last, activation)}, 1);
  return at::conv2d(seen, join.weight, join.bias);
}

}  // namespace sr
