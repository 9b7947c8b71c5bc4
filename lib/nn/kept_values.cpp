#include "nn/kept_values.h"

#include <torch/torch.h>

namespace sr {

KeptValues::KeptValues(const NamedTensors& tensors) {
  for (const NamedTensor& named : tensors) {
    kept_.emplace_back(named.tensor, named.tensor.detach().clone());
  }
}

void KeptValues::restore() const {
  const at::NoGradGuard no_grad;
  for (const auto& [tensor, values] : kept_) {
    at::Tensor(tensor).copy_(values);
  }
}

}  // namespace sr
