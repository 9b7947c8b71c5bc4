#pragma once

#include <ATen/core/Tensor.h>

namespace sr {

/// Numbers that the host makes for each step, where the device reads them. The tensor stays the
/// same as long as its sizes do: a recorded step reads it there.
class StepInput {
 public:
  explicit StepInput(at::Device device) : device_(device) {}

  /// Takes over `values`, a tensor of the host that is overwritten by the next step. May run out of
  /// memory.
  void upload(const at::Tensor& values);
  /// What was uploaded last; undefined before.
  const at::Tensor& tensor() const { return tensor_; }

 private:
  at::Device device_;
  at::Tensor tensor_;
};

}  // namespace sr
