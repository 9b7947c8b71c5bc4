#pragma once

#include <string>
#include <vector>

#include "optim/flat_optimizer.h"

namespace sr {

/// What NAdam, StableAdamW and ADOPT share: running means of the gradient and of its square, and a
/// weight decay that is added to the gradient or, apart from the means, to the direction.
class MomentOptimizer : public FlatOptimizer {
 protected:
  struct Decay {
    double weight = 0;
    bool apart = false;  ///< from the gradient
  };
  MomentOptimizer(Decay decay, std::vector<std::string> names, std::vector<at::Tensor> parameters);

  /// Reads the weights that a decay needs, and adds to the gradient what belongs there.
  void decay_gradient();
  /// Adds a decay that is apart from the gradient to direction().
  void decay_direction();

  at::Tensor& mean() { return exp_avg_.all; }
  at::Tensor& square() { return exp_avg_sq_.all; }
  /// Scratch memory.
  at::Tensor& next() { return next_.all; }
  FlatVector& direction() { return direction_; }

 private:
  Decay decay_;
  FlatVector exp_avg_, exp_avg_sq_;  ///< state
  FlatVector next_, direction_;
  FlatVector weights_;  ///< with weight decay only
};

}  // namespace sr
