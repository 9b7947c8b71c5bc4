#include "train/step_input.h"

#include <torch/torch.h>

namespace sr {

void StepInput::upload(const at::Tensor& values) {
  if (!tensor_.defined() || tensor_.sizes() != values.sizes()) {
    tensor_ = at::empty(values.sizes(), values.options().device(device_));
  }
  // Not pinned: CUDA has read it when the call returns.
  tensor_.copy_(values, /*non_blocking=*/true);
}

}  // namespace sr
