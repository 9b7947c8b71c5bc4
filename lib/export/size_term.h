#pragma once

#include <array>
#include <cstdint>
#include <optional>

namespace sr {

/// N, H and W of an input image.
using ImageSize = std::array<std::int64_t, 3>;

/// A number that depends on the input's size as coefficient * N^p * H^q * W^r.
struct SizeTerm {
  double coefficient = 0;
  std::array<int, 3> powers{};  ///< p, q, r, each -1, 0 or 1

  bool is_constant() const { return powers == std::array<int, 3>{}; }
};

/// The term that is `at_first` for inputs of size `first` and `at_second` for `second`; nothing
/// when there is none. It is the only one where the quotients of N, of H and of W are powers of
/// different primes, as 2, 3/2 and 7/5 are.
std::optional<SizeTerm> size_term(double at_first, double at_second, const ImageSize& first,
                                  const ImageSize& second);

}  // namespace sr
