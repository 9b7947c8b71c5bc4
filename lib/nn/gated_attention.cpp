#include "nn/gated_attention.h"

#include <vector>

#include <torch/torch.h>

#include "nn/convolved.h"
#include "nn/window_attention.h"

namespace sr {

at::Tensor GatedAttention::operator()(const at::Tensor& features) const {
  const std::int64_t heads = temperature.size(0);
  const std::int64_t channels = features.size(1);
  std::vector<at::Tensor> parts;
  for (const at::Tensor& part : convolved(convolved(features, widen), depthwise).chunk(3, 1)) {
    parts.push_back(part.reshape({features.size(0), heads, channels / heads, -1}));
  }
  const auto transposed = [](const at::Tensor& part) { return part.transpose(2, 3); };
  const at::Tensor mixed =
      of_pixels ? transposed(at::scaled_dot_product_attention(
                      transposed(parts[0]), transposed(parts[1]), transposed(parts[2])))
                : attend_features(parts[0], parts[1], parts[2], temperature);
  return convolved(mixed.reshape(features.sizes()), narrow);
}

}  // namespace sr
