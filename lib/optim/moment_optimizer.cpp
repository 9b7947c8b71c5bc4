#include "optim/moment_optimizer.h"

#include <utility>

#include <ATen/ATen.h>

namespace sr {

MomentOptimizer::MomentOptimizer(Decay decay, std::vector<std::string> names,
                                 std::vector<at::Tensor> parameters)
    : FlatOptimizer(std::move(names), std::move(parameters)),
      decay_(decay),
      exp_avg_(add_state("exp_avg")),
      exp_avg_sq_(add_state("exp_avg_sq")),
      next_(make_vector()),
      direction_(make_vector()) {
  if (decay_.weight != 0) {
    weights_ = make_vector();
  }
}

void MomentOptimizer::decay_gradient() {
  if (decay_.weight == 0) {
    return;
  }
  read_weights(weights_);
  if (!decay_.apart) {
    gradient().add_(weights_.all, decay_.weight);
  }
}

void MomentOptimizer::decay_direction() {
  if (decay_.weight != 0 && decay_.apart) {
    direction_.all.add_(weights_.all, decay_.weight);
  }
}

}  // namespace sr
