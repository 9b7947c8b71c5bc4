#include "optim/muon.h"

#include <cmath>
#include <cstdint>
#include <map>
#include <utility>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

namespace sr {
namespace {

/// Each output's weights lie one after the other, in whatever order: columns may be permuted.
bool is_matrix(const std::string& name, const at::Tensor& parameter) {
  if (parameter.dim() < 2 || name.find("bias") != std::string::npos) {
    return false;
  }
  const std::int64_t rows = parameter.size(0), columns = parameter.numel() / rows;
  return rows > 1 && columns > 1 && parameter.stride(0) == columns;
}

std::vector<std::size_t> indices_of(const std::vector<std::string>& names,
                                    const std::vector<at::Tensor>& parameters, bool matrices) {
  std::vector<std::size_t> which;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (is_matrix(names[i], parameters[i]) == matrices) {
      which.push_back(i);
    }
  }
  return which;
}

}  // namespace

Muon::Muon(const recipe::MuonOptions& options, double lr, double weight_decay,
           std::vector<std::string> names, std::vector<at::Tensor> parameters)
    : FlatOptimizer(std::move(names), std::move(parameters)),
      options_(options),
      weight_decay_(weight_decay),
      direction_(make_vector()),
      weights_(make_vector()),
      matrices_(share_of(indices_of(this->names(), this->parameters(), true))),
      others_(share_of(indices_of(this->names(), this->parameters(), false))),
      momentum_(add_state("momentum_buffer", matrices_)),
      exp_avg_(add_state("exp_avg", others_)),
      exp_avg_sq_(add_state("exp_avg_sq", others_)),
      next_matrix_(make_vector(matrices_.which)),
      next_other_(make_vector(others_.which)),
      share_of_rate_(factor(options.adamw_lr / lr)),
      eps_(factor(options.adamw_eps)),
      correction1_(number(std::log(options.adamw_betas[0]))),
      correction2_(number(std::log(options.adamw_betas[1]))),
      debias1_(factor(0)),
      debias2_(factor(0)) {
  std::map<std::pair<std::int64_t, std::int64_t>, std::vector<at::Tensor>> by_shape;
  for (std::size_t i = 0; i < matrices_.which.size(); ++i) {
    const std::int64_t rows = this->parameters()[matrices_.which[i]].size(0);
    const at::Tensor matrix = matrices_.gradient.flat[i].view({rows, -1});
    by_shape[{rows, matrix.size(1)}].push_back(matrix);
  }
  for (auto& [shape, matrices] : by_shape) {
    groups_.emplace_back(std::move(matrices), options_.ns_steps);
  }
}

Muon::Share Muon::share_of(const std::vector<std::size_t>& which) {
  Share share{which, {}, {}, {}, make_vector(which)};
  for (const std::size_t i : which) {
    share.gradients.push_back(gradient_parts()[i]);
    share.directions.push_back(direction_.flat[i]);
    share.weights.push_back(weights_.flat[i]);
  }
  return share;
}

FlatVector Muon::add_state(const std::string& what, const Share& share) {
  return FlatOptimizer::add_state(what, share.which);
}

void Muon::move_matrices() {
  at::Tensor& gradient = matrices_.gradient.all;
  at::_foreach_copy_(matrices_.gradient.flat, matrices_.gradients);
  at::lerp_out(next_matrix_.all, momentum_.all, gradient, 1 - options_.momentum);
  keep(momentum_.all, next_matrix_.all);
  if (options_.nesterov) {
    gradient.lerp_(momentum_.all, options_.momentum);
  } else {
    gradient.copy_(momentum_.all);
  }
  for (NewtonSchulz& group : groups_) {
    group.run();
  }
  if (weight_decay_ != 0) {
    at::_foreach_copy_(next_matrix_.flat, matrices_.weights);
    gradient.add_(next_matrix_.all, weight_decay_);
  }
  at::_foreach_copy_(matrices_.directions, matrices_.gradient.flat);
}

void Muon::move_others() {
  at::Tensor& gradient = others_.gradient.all;
  at::_foreach_copy_(others_.gradient.flat, others_.gradients);
  at::lerp_out(next_other_.all, exp_avg_.all, gradient, 1 - options_.adamw_betas[0]);
  keep(exp_avg_.all, next_other_.all);
  gradient.mul_(gradient);
  at::lerp_out(next_other_.all, exp_avg_sq_.all, gradient, 1 - options_.adamw_betas[1]);
  keep(exp_avg_sq_.all, next_other_.all);
  debias1_.copy_(correction1_.at(steps()));
  debias2_.copy_(correction2_.at(steps()).sqrt_());
  at::sqrt_out(next_other_.all, exp_avg_sq_.all);
  next_other_.all.div_(debias2_).add_(eps_);
  at::div_out(gradient, exp_avg_.all, next_other_.all);
  gradient.div_(debias1_);
  if (options_.adamw_wd != 0) {
    at::_foreach_copy_(next_other_.flat, others_.weights);
    gradient.add_(next_other_.all, options_.adamw_wd);
  }
  gradient.mul_(share_of_rate_);
  at::_foreach_copy_(others_.directions, others_.gradient.flat);
}

void Muon::update(const at::Tensor& found_inf) {
  const at::NoGradGuard no_grad;
  begin(found_inf);
  if (weight_decay_ != 0 || options_.adamw_wd != 0) {
    read_weights(weights_);
  }
  if (!matrices_.which.empty()) {
    move_matrices();
  }
  if (!others_.which.empty()) {
    move_others();
  }
  move_weights(direction_, rate());
}

}  // namespace sr
