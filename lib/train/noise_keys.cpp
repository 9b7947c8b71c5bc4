#include "train/noise_keys.h"

#include <torch/torch.h>

#include "core/random.h"

namespace sr {

NoiseKeys::NoiseKeys(bool used, std::uint64_t seed, at::Device device)
    : used_(used), seed_(seed), keys_(device) {}

void NoiseKeys::draw(std::int64_t step, std::int64_t samples, std::int64_t begin) {
  if (!used_) {
    return;
  }
  // The sequence of KeptBranches, where it has the numbers of a branch that no network has.
  constexpr std::uint64_t kNoBranch = std::uint64_t{0xffffffff} << 32U;
  const std::uint64_t key = hash(seed_, static_cast<std::uint64_t>(step), Stream::kDroppedBranch);
  drawn_.clear();
  for (std::int64_t sample = begin; sample < begin + samples; ++sample) {
    drawn_.push_back(static_cast<std::int64_t>(
        sequence_bits(key, kNoBranch + static_cast<std::uint64_t>(sample))));
  }
  keys_.upload(at::from_blob(drawn_.data(), {samples}, at::kLong));
}

at::Tensor NoiseKeys::of(std::int64_t first, std::int64_t count) const {
  return used_ ? keys_.tensor().narrow(0, first, count) : at::Tensor();
}

}  // namespace sr
