#pragma once

#include <vector>

#include <ATen/core/Tensor.h>

namespace sr {

/// Room for one value of each parameter's elements as a single vector, so that one kernel serves
/// all of them.
struct FlatVector {
  at::Tensor all;                 ///< 1-dim
  std::vector<at::Tensor> flat;   ///< 1-dim views of it, one for each parameter
  std::vector<at::Tensor> parts;  ///< the same in the parameters' shapes and strides
};

/// Zeros, in the type and on the device of `parameters`, which are dense and of one type.
FlatVector make_flat_vector(const std::vector<at::Tensor>& parameters);

/// The tensor's memory as a vector. Element-wise kernels copy or crawl when tensors differ in their
/// strides, and weights in channels_last are not contiguous in the default order.
at::Tensor flat_view(const at::Tensor& tensor);

}  // namespace sr
