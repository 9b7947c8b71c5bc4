#pragma once

#include <functional>
#include <vector>

#include <ATen/core/Tensor.h>

namespace sr {

using Tensors = std::vector<at::Tensor>;

/// Once: the graph of a block is a part of the whole graph. Twice: one autograd node that keeps the
/// inputs alone and computes the block again in backward, under the same autocast; the first time
/// GradMode is off, the second time on, by which a block that counts something can tell them.
enum class Computed { kOnce, kTwice };

/// While it lives, networks compute their blocks twice in passes of this thread, also those whose
/// options do not ask for it.
class RecomputeGuard {
 public:
  explicit RecomputeGuard(bool wanted);
  ~RecomputeGuard();
  RecomputeGuard(const RecomputeGuard&) = delete;
  RecomputeGuard& operator=(const RecomputeGuard&) = delete;

 private:
  bool before_;
};
/// How a network computes its blocks in this pass. `asked`: its options ask for twice.
Computed how_computed(bool asked);

/// block(inputs). Output and all gradients are the same to the bit either way, whatever else uses
/// the inputs: what comes back to an input is summed up within the block first. `parameters`: every
/// tensor beside `inputs` that the block uses and that gets a gradient, and any that it does not
/// use; what the block draws at random must be fixed before. The outputs must be tensors of its
/// own. Without gradients it is block(inputs).
Tensors computed(Computed how, const std::function<Tensors(const Tensors&)>& block,
                 const Tensors& inputs, const Tensors& parameters);
/// Of one input and one output.
at::Tensor computed(Computed how, const std::function<at::Tensor(const at::Tensor&)>& block,
                    const at::Tensor& input, const Tensors& parameters);

}  // namespace sr
