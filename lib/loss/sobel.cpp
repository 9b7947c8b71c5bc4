#include "loss/sobel.h"

#include <torch/torch.h>

namespace sr {

at::Tensor sobel_kernels() {
  const at::Tensor x = at::tensor({-1.0, 0.0, 1.0, -2.0, 0.0, 2.0, -1.0, 0.0, 1.0}).view({3, 3});
  return at::stack({x, x.t()}).unsqueeze(1);
}

at::Tensor sobel_gradients(const at::Tensor& gray, const at::Tensor& kernels) {
  return at::conv2d(gray, kernels.to(gray.scalar_type()), {}, 1, 1);
}

}  // namespace sr
