#include "nn/attended_conv.h"

#include <torch/torch.h>

#include "nn/convolved.h"

namespace sr {

at::Tensor attended_conv(const at::Tensor& pixels, const AttendedConv& conv) {
  const at::Tensor narrow = convolved(pixels.permute({0, 3, 1, 2}), conv.narrow);
  const at::Tensor features = convolved(at::gelu(narrow), conv.widen);
  at::Tensor hidden =
      convolved(features.mean(at::IntArrayRef{2, 3}, /*keepdim=*/true), conv.squeeze);
  const at::Tensor weights = convolved(at::relu_(hidden), conv.excite).sigmoid_();
  return (features * weights).permute({0, 2, 3, 1});
}

}  // namespace sr
