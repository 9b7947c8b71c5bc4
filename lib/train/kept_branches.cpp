#include "train/kept_branches.h"

#include <utility>

#include <torch/torch.h>

#include "core/random.h"

namespace sr {

KeptBranches::KeptBranches(std::vector<double> rates, std::uint64_t seed, at::Device device)
    : rates_(std::move(rates)), seed_(seed), kept_(device) {}

float KeptBranches::factor(std::uint64_t key, std::size_t branch, std::int64_t sample) const {
  const double rate = rates_[branch];
  const std::uint64_t index = (std::uint64_t{branch} << 32U) + static_cast<std::uint64_t>(sample);
  return unit(sequence_bits(key, index)) < rate ? 0.0F : static_cast<float>(1 / (1 - rate));
}

void KeptBranches::draw(std::int64_t step, std::int64_t samples, std::int64_t begin) {
  if (rates_.empty()) {
    return;
  }
  const auto branches = static_cast<std::int64_t>(rates_.size());
  const std::uint64_t key = hash(seed_, static_cast<std::uint64_t>(step), Stream::kDroppedBranch);
  drawn_.clear();
  for (std::size_t branch = 0; branch < rates_.size(); ++branch) {
    for (std::int64_t sample = 0; sample < samples; ++sample) {
      drawn_.push_back(factor(key, branch, begin + sample));
    }
  }
  kept_.upload(at::from_blob(drawn_.data(), {branches, samples}, at::kFloat));
}

at::Tensor KeptBranches::of(std::int64_t first, std::int64_t count) const {
  return rates_.empty() ? at::Tensor() : kept_.tensor().narrow(1, first, count);
}

}  // namespace sr
