#include "optim/adaptive_clipping.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace sr {

namespace {

constexpr double kFirstSteps = 100;
/// Stands where there is no norm yet: none is larger, and finite, so that 0 times it is 0.
constexpr float kEmpty = std::numeric_limits<float>::max();

}  // namespace

AdaptiveClipping::AdaptiveClipping(const Settings& settings, at::Device device)
    : settings_(settings) {
  const auto real = torch::dtype(torch::kFloat32).device(device);
  const auto flags = torch::dtype(torch::kBool).device(device);
  const std::int64_t n = settings.history;
  ages_ = torch::full({n}, kEmpty, real);
  counts_ = torch::zeros({4}, real);
  remembered_ = counts_.select(0, 0);
  seen_ = counts_.select(0, 1);
  window_steps_ = counts_.select(0, 2);
  window_clipped_ = counts_.select(0, 3);
  order_ = torch::full({n + 1}, kEmpty, real);
  remaining_ = torch::zeros({n + 1}, real);
  next_ = torch::zeros({n}, real);
  below_ = torch::zeros({n}, flags);
  weights_ = torch::zeros({n}, real);
  indices_ = torch::arange(n, real);
  threshold_ = torch::zeros({}, real);
  position_ = torch::zeros({}, real);
  percentile_threshold_ = torch::zeros({}, real);
  norm_ = torch::zeros({}, real);
  counted_ = torch::zeros({}, real);
  clipped_ = torch::zeros({}, real);
  one_ = torch::ones({}, real);
  zero_ = torch::zeros({}, real);
  share_ = torch::full({}, settings.percentile / 100, real);
  first_steps_ = torch::full({}, kFirstSteps, real);
  const double bound = settings.upper_bound > 0 ? settings.upper_bound : settings.first_threshold;
  first_threshold_ = torch::full({}, std::min(settings.first_threshold, bound), real);
  flag_ = torch::zeros({}, flags);
  bad_ = torch::zeros({}, flags);
  choose_threshold();
}

void AdaptiveClipping::commit(const at::Tensor& norm, const at::Tensor& found_inf) {
  const at::NoGradGuard no_grad;
  at::gt_out(bad_, found_inf, zero_);
  counted_.copy_(one_).sub_(found_inf);
  norm_.copy_(norm).clamp_max_(kEmpty);  // squares of finite gradients may sum up to infinity
  at::gt_out(flag_, norm_, threshold_);
  clipped_.copy_(flag_).mul_(counted_);
  window_steps_.add_(counted_);
  window_clipped_.add_(clipped_);
  remembered_.add_(counted_).clamp_max_(static_cast<double>(settings_.history));
  seen_.add_(counted_).clamp_max_(kFirstSteps);
  insert();
  choose_threshold();
}

/// Keeps order_ sorted with elementwise operations: the oldest norm y leaves (every place takes its
/// own value below y, its right neighbour's from y on), then x enters (every place takes the middle
/// one of its left neighbour, its own value and x).
void AdaptiveClipping::insert() {
  const std::int64_t n = settings_.history;
  const at::Tensor own = order_.narrow(0, 0, n);
  const at::Tensor oldest = ages_.select(0, n - 1);
  at::Tensor without = remaining_.narrow(0, 1, n);
  at::lt_out(below_, own, oldest);
  at::where_out(without, below_, own, order_.narrow(0, 1, n));
  at::maximum_out(next_, remaining_.narrow(0, 0, n), norm_);
  at::minimum_out(next_, next_, without);
  at::Tensor target = own;
  at::where_out(target, bad_, own, next_);

  next_.select(0, 0).copy_(norm_);
  next_.narrow(0, 1, n - 1).copy_(ages_.narrow(0, 0, n - 1));
  at::where_out(ages_, bad_, ages_, next_);
}

/// The straight line between the norms on both sides of the percentile's position, as numpy does
/// it.
void AdaptiveClipping::choose_threshold() {
  position_.copy_(remembered_).sub_(one_).clamp_min_(0).mul_(share_);
  at::sub_out(weights_, indices_, position_);
  weights_.abs_().neg_().add_(one_).clamp_min_(0).mul_(order_.narrow(0, 0, settings_.history));
  // The sum, as none is negative: the norm is a reduction that needs no memory of its own.
  at::linalg_vector_norm_out(percentile_threshold_, weights_, 1);
  percentile_threshold_.clamp_min_(settings_.min_threshold).clamp_max_(settings_.max_threshold);
  if (settings_.upper_bound > 0) {
    percentile_threshold_.clamp_max_(settings_.upper_bound);
  }
  at::ge_out(flag_, seen_, first_steps_);
  at::where_out(threshold_, flag_, percentile_threshold_, first_threshold_);
}

AdaptiveClipping::Window AdaptiveClipping::take_window() {
  const at::NoGradGuard no_grad;
  const at::Tensor counts = counts_.cpu();
  const at::Tensor order = order_.cpu();
  const float* count = counts.const_data_ptr<float>();
  const float* norms = order.const_data_ptr<float>();
  Window window;
  window.steps = static_cast<std::int64_t>(count[2]);
  window.clipped = static_cast<std::int64_t>(count[3]);
  window.threshold = threshold_.item<float>();
  window.learning = count[1] < kFirstSteps;
  if (const auto known = static_cast<std::size_t>(count[0]); known > 0) {
    const auto quantile = [&](double share) {
      return norms[static_cast<std::size_t>(std::lround(share * static_cast<double>(known - 1)))];
    };
    window.p10 = quantile(0.1);
    window.p50 = quantile(0.5);
    window.p90 = quantile(0.9);
    window.largest = norms[known - 1];
  }
  window_steps_.zero_();
  window_clipped_.zero_();
  return window;
}

std::vector<NamedState> AdaptiveClipping::state() const {
  return {{"norms", ages_}, {"counts", counts_}};
}

void AdaptiveClipping::state_loaded() {
  const at::NoGradGuard no_grad;
  order_.narrow(0, 0, settings_.history).copy_(std::get<0>(ages_.sort()));
  choose_threshold();
}

}  // namespace sr
