#include "core/random.h"

#include <bit>
#include <stdexcept>

namespace sr {
std::uint64_t hash(std::uint64_t seed, std::uint64_t index, Stream stream) {
  return mix_bits(mix_bits(mix_bits(seed) ^ index) ^ static_cast<std::uint64_t>(stream));
}

double unit(std::uint64_t bits) {
  return static_cast<double>(bits >> 11) * 0x1.0p-53;
}

Permutation::Permutation(std::uint64_t key, std::uint64_t size) : size_(size) {
  if (size == 0) {
    throw std::invalid_argument("Permutation of an empty range");
  }
  half_bits_ = (static_cast<unsigned>(std::bit_width(size - 1)) + 1) / 2;
  for (std::size_t round = 0; round < round_keys_.size(); ++round) {
    round_keys_[round] = hash(key, round, Stream::kPermutation);
  }
}

std::uint64_t Permutation::operator()(std::uint64_t index) const {
  const std::uint64_t mask = (std::uint64_t{1} << half_bits_) - 1;
  do {
    std::uint64_t left = index >> half_bits_;
    std::uint64_t right = index & mask;
    for (const std::uint64_t key : round_keys_) {
      const std::uint64_t next = left ^ (mix_bits(right ^ key) & mask);
      left = right;
      right = next;
    }
    index = (left << half_bits_) | right;
  } while (index >= size_);
  return index;
}

}  // namespace sr
