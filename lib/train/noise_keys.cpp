#include "train/noise_keys.h"

#include <torch/torch.h>

#include "core/random.h"

namespace sr {

NoiseKeys::NoiseKeys(bool used, std::uint64_t seed, at::Device device)
    : used_(used), seed_(seed), device_(device) {}

void NoiseKeys::draw(std::int64_t step, std::int64_t samples, std::int64_t begin) {
  if (!used_) {
    return;
  }
  if (!keys_.defined() || keys_.size(0) != samples) {
    keys_ = at::empty({samples}, at::TensorOptions().dtype(at::kLong).device(device_));
  }
  // The sequence of KeptBranches, where it has the numbers of a branch that no network has.
  constexpr std::uint64_t kNoBranch = std::uint64_t{0xffffffff} << 32U;
  const std::uint64_t key = hash(seed_, static_cast<std::uint64_t>(step), Stream::kDroppedBranch);
  drawn_.clear();
  for (std::int64_t sample = begin; sample < begin + samples; ++sample) {
    drawn_.push_back(static_cast<std::int64_t>(
        sequence_bits(key, kNoBranch + static_cast<std::uint64_t>(sample))));
  }
  // Not pinned: CUDA has read it when the call returns.
  keys_.copy_(at::from_blob(drawn_.data(), keys_.sizes(), at::kLong), /*non_blocking=*/true);
}

at::Tensor NoiseKeys::of(std::int64_t first, std::int64_t count) const {
  return used_ ? keys_.narrow(0, first, count) : at::Tensor();
}

}  // namespace sr
