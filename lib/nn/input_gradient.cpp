#include "nn/input_gradient.h"

#include <torch/torch.h>

namespace sr {

at::Tensor input_gradient(const at::Tensor& logits, const at::Tensor& images) {
  return torch::autograd::grad({logits.sum()}, {images}, /*grad_outputs=*/{},
                               /*retain_graph=*/true, /*create_graph=*/true)
      .front();
}

}  // namespace sr
