#pragma once

#include <functional>
#include <vector>

#include <ATen/core/Tensor.h>

namespace sr {

/// block(input) as one autograd node that keeps `input` alone and computes the block again in
/// backward, under the same autocast. `parameters`: every tensor beside `input` that the block uses
/// and that gets a gradient, and any that it does not use; what the block draws at random must be
/// fixed before. The first time GradMode is off, the second time on, by which a block that counts
/// something can tell them. Without gradients it is block(input).
at::Tensor recomputed(const std::function<at::Tensor(const at::Tensor&)>& block,
                      const at::Tensor& input, const std::vector<at::Tensor>& parameters);

}  // namespace sr
