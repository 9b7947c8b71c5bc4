#pragma once

#include <array>
#include <cstdint>

namespace sr {

/// What a random number is used for; every use has its own stream, so that adding one changes no
/// other.
enum class Stream : std::uint64_t {
  kPermutation = 1,
  kCropX,
  kCropY,
  kFlipHorizontal,
  kFlipVertical,
  kTranspose,
  kNetworkInit,
  kDiscriminatorInit,
  kStep,
  kDegradation,
  kWindow,
  kRoot,
  kLane,
  kDroppedBranch,
};

/// 64 well-mixed bits as a pure function of its arguments (SplitMix64 finalizer, Steele et al.
/// 2014, chained over the three words). The sample sequence of every run rests on it: its values
/// never change.
std::uint64_t hash(std::uint64_t seed, std::uint64_t index, Stream stream);

/// The finalizer of SplitMix64, a bijection.
constexpr std::uint64_t mix_bits(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

/// Number `index` of the SplitMix64 sequence that begins at `key`: for long runs of numbers, three
/// times as fast as hash(). Keys come from hash(), so that sequences do not meet.
constexpr std::uint64_t sequence_bits(std::uint64_t key, std::uint64_t index) {
  return mix_bits(key + index * 0x9e3779b97f4a7c15ULL);
}

/// Uniform in [0, 1) from the upper 53 bits.
double unit(std::uint64_t bits);

/// A keyed bijection of [0, size): a pass over a data set in random order without storing the
/// order. Balanced Feistel network over the next even power of two, walking cycles until the value
/// is in range (Black & Rogaway 2002).
class Permutation {
 public:
  /// size >= 1.
  Permutation(std::uint64_t key, std::uint64_t size);
  /// index < size.
  std::uint64_t operator()(std::uint64_t index) const;
  std::uint64_t size() const { return size_; }

 private:
  std::uint64_t size_;
  unsigned half_bits_;
  std::array<std::uint64_t, 6> round_keys_{};
};

}  // namespace sr
