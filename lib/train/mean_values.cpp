#include "train/mean_values.h"

#include <torch/torch.h>

namespace sr {

MeanValues::MeanValues(std::vector<std::string> names, at::Device device)
    : names_(std::move(names)) {
  const auto options = at::TensorOptions().dtype(at::kFloat).device(device);
  const auto count = static_cast<std::int64_t>(names_.size());
  now_ = at::zeros({count}, options);
  sums_ = at::zeros({count}, options);
  count_ = at::zeros({}, options);
  counted_ = at::zeros({}, options);
  one_ = at::ones({}, options);
  for (std::int64_t i = 0; i < count; ++i) {
    now_views_.push_back(now_.select(0, i));
  }
}

void MeanValues::begin() {
  now_.zero_();
}

void MeanValues::add(std::size_t index, const at::Tensor& value) {
  now_views_[index].add_(value.detach());
}

void MeanValues::commit(const at::Tensor& found_inf) {
  const at::NoGradGuard no_grad;
  counted_.copy_(one_).sub_(found_inf);
  // What is not finite must not reach the sums: 0 times infinity is no 0.
  sums_.add_(now_.nan_to_num_(0.0, 0.0, 0.0).mul_(counted_));
  count_.add_(counted_);
}

std::vector<std::pair<std::string, double>> MeanValues::take() {
  const at::NoGradGuard no_grad;
  const double steps = count_.item<float>();
  std::vector<std::pair<std::string, double>> means;
  if (steps == 0) {
    return means;
  }
  const at::Tensor sums = sums_.cpu();
  for (std::size_t i = 0; i < names_.size(); ++i) {
    means.emplace_back(names_[i], sums.data_ptr<float>()[i] / steps);
  }
  sums_.zero_();
  count_.zero_();
  return means;
}

}  // namespace sr
