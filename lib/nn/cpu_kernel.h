#pragma once

#include <bit>
#include <cstdint>

// What the CPU kernels share: the types they load and store, and how they are compiled.

// Each kernel is compiled for three generations of x86 and the loader picks one, so that one binary
// is fast everywhere. (Sanitizers run before the loader has picked.)
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define SR_CPU_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define SR_CPU_CLONES
#endif
#define SR_INLINE inline __attribute__((always_inline))

namespace sr::kernel {

struct BFloat16 {
  std::uint16_t bits;
};

SR_INLINE float load(float value) {
  return value;
}
SR_INLINE double load(double value) {
  return value;
}
SR_INLINE float load(BFloat16 value) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(value.bits) << 16);
}
SR_INLINE void store(float* to, float value) {
  *to = value;
}
SR_INLINE void store(double* to, double value) {
  *to = value;
}
/// Round to nearest even; NaN becomes the quiet NaN that LibTorch writes.
SR_INLINE void store(BFloat16* to, float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t rounded = (bits + 0x7fffU + ((bits >> 16) & 1U)) >> 16;
  to->bits = static_cast<std::uint16_t>(value == value ? rounded : 0x7fc0U);
}

template <typename T>
struct Wide {
  using Type = float;
};
template <>
struct Wide<double> {
  using Type = double;
};

}  // namespace sr::kernel
