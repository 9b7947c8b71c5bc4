#pragma once

#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "checkpoint/match_tensors.h"
#include "checkpoint/tensor_file.h"
#include "nn/module.h"

namespace sr {

/// A copy of a device tensor in host memory that LibTorch's allocator does not count, row-major
/// whatever the layout.
StoredTensor stage(const std::string& name, const at::Tensor& tensor);

/// Copies stored values into an existing tensor of the same shape, converting the type when it
/// differs. Throws CheckpointError naming the tensor when the shapes differ, and for whole numbers
/// where the target has floating-point ones: they are quantized, or another network's. A float64
/// number that is beyond the target's range is an error that says so.
void restore(const StoredTensor& stored, const at::Tensor& target);

/// Names and shapes of the tensors.
std::vector<WantedTensor> wanted_tensors(const NamedTensors& tensors);

/// Takes out of a file what follows from the module's parameters (Module::derived_names): that is
/// written for others and not read back.
void leave_out_derived(const Module& module, TensorFile& file);

/// Parameters of a module, or averages that stand for them, and then its buffers.
NamedTensors with_buffers(NamedTensors parameters, const Module& module);

}  // namespace sr
