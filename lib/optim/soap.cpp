#include "optim/soap.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

namespace sr {
namespace {

/// The dimensions of a parameter in the order of its memory.
std::vector<std::size_t> order_of_memory(const at::Tensor& parameter) {
  std::vector<std::size_t> order(static_cast<std::size_t>(parameter.dim()));
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) {
    return parameter.strides()[a] > parameter.strides()[b];
  });
  return order;
}

/// [weights, elements] with one dimension more, of this size, in front of the elements.
at::Tensor led_by(const at::Tensor& stacked, std::int64_t size) {
  return stacked.view({stacked.size(0), size, -1});
}

}  // namespace

Soap::Soap(const recipe::SoapOptions& options, double weight_decay, std::vector<std::string> names,
           std::vector<at::Tensor> parameters)
    : FlatOptimizer(std::move(names), std::move(parameters)),
      options_(options),
      weight_decay_(weight_decay),
      shampoo_beta_(options.shampoo_beta.value_or(options.betas[1])),
      direction_(make_vector()),
      basis_step_(add_number("basis_step", 0)),
      correction1_(number(std::log(options.betas[0]))),
      correction2_(number(std::log(options.betas[1]))),
      later_(number(0)),
      is_later_(number(0)),
      ratio_(number(0)),
      not_first_(factor(0)),
      scale_(factor(0)),
      eps_(factor(options.eps)),
      unit_(factor(1)),
      rest1_(factor(1 - options.betas[0])),
      rest2_(factor(1 - options.betas[1])),
      share1_(factor(0)),
      share2_(factor(0)),
      kept_(factor(1)),
      minus_decay_(factor(-weight_decay)) {
  if (weight_decay_ != 0) {
    weights_ = make_vector();
  }
  std::map<std::pair<std::vector<std::int64_t>, std::vector<std::int64_t>>,
           std::vector<std::size_t>>
      by_shape;
  for (std::size_t i = 0; i < this->parameters().size(); ++i) {
    const at::Tensor& parameter = this->parameters()[i];
    by_shape[{parameter.sizes().vec(), parameter.strides().vec()}].push_back(i);
  }
  for (const auto& [shape, which] : by_shape) {
    add_group(which);
  }
}

void Soap::add_group(const std::vector<std::size_t>& which) {
  const at::Tensor& parameter = parameters()[which.front()];
  const auto weights = static_cast<std::int64_t>(which.size());
  const at::TensorOptions options = gradient().options();
  Group group;
  for (at::Tensor* one : {&group.exp_avg, &group.exp_avg_sq, &group.gradient, &group.next,
                          &group.rotated, &group.other}) {
    *one = at::zeros({weights, parameter.numel()}, options);
  }
  show("exp_avg", which, group.exp_avg);
  show("exp_avg_sq", which, group.exp_avg_sq);
  for (std::size_t i = 0; i < which.size(); ++i) {
    group.rows.push_back(group.gradient[static_cast<std::int64_t>(i)]);
    group.sources.push_back(gradient_parts()[which[i]]);
    group.targets.push_back(direction_.flat[which[i]]);
  }
  for (const std::size_t dimension : order_of_memory(parameter)) {
    Side side{.size = parameter.sizes()[dimension]};
    side.rotated = parameter.dim() > 1 && side.size <= options_.max_precondition_dim;
    if (side.size == 1) {
      continue;
    }
    if (side.rotated) {
      for (at::Tensor* one : {&side.statistics, &side.basis, &side.product, &side.next}) {
        *one = at::zeros({weights, side.size, side.size}, options);
      }
      // A library of matrix products takes its working space once, at the first product.
      at::bmm_out(side.product, side.basis, side.basis.transpose(1, 2));
      for (std::size_t i = 0; i < which.size(); ++i) {
        const auto row = static_cast<std::int64_t>(i);
        const std::string suffix = std::to_string(dimension) + "." + names()[which[i]];
        add_state_tensor("GG." + suffix, side.statistics[row]);
        add_state_tensor("Q." + suffix, side.basis[row]);
      }
    }
    group.sides.push_back(std::move(side));
  }
  groups_.push_back(std::move(group));
}

void Soap::show(const std::string& what, const std::vector<std::size_t>& which,
                const at::Tensor& stacked) {
  for (std::size_t i = 0; i < which.size(); ++i) {
    const at::Tensor& parameter = parameters()[which[i]];
    const at::Tensor row = stacked[static_cast<std::int64_t>(i)];
    add_state_tensor(what + "." + names()[which[i]],
                     row.as_strided(parameter.sizes(), parameter.strides()));
  }
}

void Soap::prepare() {
  if (skipped_calls_ > 0) {
    --skipped_calls_;
    return;
  }
  const at::NoGradGuard no_grad;
  const auto done = static_cast<std::int64_t>(steps().item<double>());
  const auto of_bases = static_cast<std::int64_t>(basis_step_.item<double>());
  const std::int64_t every = options_.precondition_frequency;
  const bool first = done > 0 && of_bases == 0;
  if (first || (done > 1 && (done - 1) % every == 0 && of_bases < done)) {
    std::vector<Bases> found;
    for (const Group& group : groups_) {
      found.push_back(first ? first_bases(group) : next_bases(group));
    }
    // Nothing below allocates: all bases change, or none.
    for (std::size_t i = 0; i < groups_.size(); ++i) {
      Group& group = groups_[i];
      for (std::size_t j = 0; j < group.sides.size(); ++j) {
        if (group.sides[j].rotated) {
          group.sides[j].basis.copy_(found[i].of_sides[j]);
        }
      }
      group.exp_avg_sq.copy_(found[i].exp_avg_sq);
    }
    basis_step_.copy_(steps());
  }
  // Of the next bases: after step 1, and after every `every` steps from there.
  skipped_calls_ = done == 0 ? 0 : (done - 1) / every * every + every - done;
}

Soap::Bases Soap::first_bases(const Group& group) {
  Bases found{{}, group.exp_avg_sq};
  for (const Side& side : group.sides) {
    found.of_sides.push_back(side.rotated ? std::get<1>(at::linalg_eigh(side.statistics)).flip({2})
                                          : at::Tensor());
  }
  return found;
}

// One power iteration of the bases so far, with the largest directions first.
Soap::Bases Soap::next_bases(const Group& group) {
  std::vector<std::int64_t> shape{group.exp_avg_sq.size(0)};
  for (const Side& side : group.sides) {
    shape.push_back(side.size);
  }
  Bases found{{}, group.exp_avg_sq.view(shape)};
  for (std::size_t i = 0; i < group.sides.size(); ++i) {
    const Side& side = group.sides[i];
    if (!side.rotated) {
      found.of_sides.emplace_back();
      continue;
    }
    const at::Tensor product = at::bmm(side.statistics, side.basis);
    const at::Tensor order =
        at::argsort((side.basis * product).sum(1), /*stable=*/true, /*dim=*/1, /*descending=*/true);
    const auto dimension = static_cast<std::int64_t>(i) + 1;
    std::vector<std::int64_t> along(shape.size(), 1);
    along[0] = shape[0];
    along[i + 1] = side.size;
    found.exp_avg_sq =
        found.exp_avg_sq.gather(dimension, order.view(along).expand(found.exp_avg_sq.sizes()));
    const at::Tensor sorted = product.gather(2, order.unsqueeze(1).expand(product.sizes()));
    found.of_sides.push_back(std::get<0>(at::linalg_qr(sorted)));
  }
  found.exp_avg_sq = found.exp_avg_sq.reshape(group.exp_avg_sq.sizes());
  return found;
}

void Soap::count() {
  at::gt_out(is_later_, steps(), one());
  not_first_.copy_(is_later_);
  at::mul_out(share1_, rest1_, not_first_);
  at::mul_out(share2_, rest2_, not_first_);
  at::sub_out(later_, steps(), one());
  later_.clamp_min_(1);
  if (options_.correct_bias) {
    ratio_.copy_(correction2_.at(later_).sqrt_());
    ratio_.div_(correction1_.at(later_));
  } else {
    ratio_.fill_(1);
  }
  scale_.copy_(ratio_.mul_(is_later_));
}

/// mean := what it becomes with `value`, unless the step is skipped.
void Soap::learn(at::Tensor& mean, const at::Tensor& value, const at::Tensor& share, Group& group) {
  at::sub_out(group.next, value, mean);
  group.next.mul_(share).add_(mean);
  keep(mean, group.next);
}

/// Turns `rotated` into the bases of all sides or back: each turn takes the first dimension to the
/// end, so that after all of them the order is what it was.
void Soap::rotate(Group& group, bool back) {
  for (const Side& side : group.sides) {
    const at::Tensor turned = led_by(group.rotated, side.size).transpose(1, 2);
    at::Tensor target = group.other.view({turned.size(0), turned.size(1), side.size});
    if (side.rotated) {
      at::bmm_out(target, turned, back ? side.basis.transpose(1, 2) : side.basis);
    } else {
      target.copy_(turned);
    }
    std::swap(group.rotated, group.other);
  }
}

void Soap::move(Group& group) {
  group.rotated.copy_(group.gradient);
  rotate(group, /*back=*/false);
  group.rotated.mul_(group.rotated);
  learn(group.exp_avg_sq, group.rotated, share2_, group);
  learn(group.exp_avg, group.gradient, share1_, group);
  group.rotated.copy_(group.exp_avg);
  rotate(group, /*back=*/false);
  at::sqrt_out(group.next, group.exp_avg_sq);
  group.next.add_(eps_);
  group.rotated.div_(group.next);
  rotate(group, /*back=*/true);
}

void Soap::take_statistics(Group& group) {
  group.rotated.copy_(group.gradient);
  for (Side& side : group.sides) {
    const at::Tensor led = led_by(group.rotated, side.size);
    if (side.rotated) {
      at::bmm_out(side.product, led, led.transpose(1, 2));
      at::lerp_out(side.next, side.statistics, side.product, 1 - shampoo_beta_);
      keep(side.statistics, side.next);
    }
    group.other.view({led.size(0), led.size(2), side.size}).copy_(led.transpose(1, 2));
    std::swap(group.rotated, group.other);
  }
}

void Soap::update(const at::Tensor& found_inf) {
  const at::NoGradGuard no_grad;
  begin(found_inf);
  count();
  for (Group& group : groups_) {
    at::_foreach_copy_(group.rows, group.sources);
    move(group);
    group.next.copy_(group.rotated);
    take_statistics(group);
    group.gradient.copy_(group.next);
    at::_foreach_copy_(group.targets, group.rows);
  }
  direction_.all.mul_(scale_);
  if (weight_decay_ != 0) {  // of the weight that has moved
    kept_.copy_(rate());
    kept_.mul_(minus_decay_).add_(unit_);
    direction_.all.mul_(kept_);
    read_weights(weights_);
    weights_.all.mul_(not_first_);
    direction_.all.add_(weights_.all, weight_decay_);
  }
  move_weights(direction_, rate());
}

}  // namespace sr
