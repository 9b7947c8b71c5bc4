#pragma once

#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "checkpoint/tensor_file.h"

namespace sr {

/// A copy of a device tensor in host memory that LibTorch's allocator does not count, row-major
/// whatever the layout.
StoredTensor stage(const std::string& name, const at::Tensor& tensor);

/// Copies stored values into an existing tensor of the same shape, converting the type when it
/// differs. Throws CheckpointError naming the tensor when the shapes differ.
void restore(const StoredTensor& stored, const at::Tensor& target);

}  // namespace sr
