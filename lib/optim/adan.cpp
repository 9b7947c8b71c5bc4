#include "optim/adan.h"

#include <utility>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

namespace sr {

Adan::Adan(const recipe::AdanOptions& options, double weight_decay, std::vector<std::string> names,
           std::vector<at::Tensor> parameters)
    : AdanDirection(options.betas, options.eps, std::move(names), std::move(parameters)),
      no_prox_(options.no_prox),
      weight_decay_(weight_decay),
      shrink_(number(0)),
      shrunk_rate_(number(0)) {
  if (weight_decay_ != 0) {
    weights_ = make_vector();
  }
}

void Adan::update(const at::Tensor& found_inf) {
  const at::NoGradGuard no_grad;
  begin(found_inf);
  FlatVector& direction = next_direction();
  const double decay = weight_decay_;
  if (decay != 0) {
    read_weights(weights_);
    direction.all.add_(weights_.all, decay);
  }
  if (no_prox_ || decay == 0) {
    move_weights(direction, rate());
    return;
  }
  // (w - lr d) / (1 + lr decay) = w - lr / (1 + lr decay) (d + decay w)
  shrink_.copy_(rate());
  at::add_out(shrunk_rate_, one(), shrink_, decay);
  at::div_out(shrunk_rate_, shrink_, shrunk_rate_);
  move_weights(direction, shrunk_rate_);
}

}  // namespace sr
