#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace sr {

/// Poisson deviates by inversion of their distribution, for the 256 means level / 255 x n.
class PoissonTable {
 public:
  /// Of n = 2^exponent, exponent 0 to 8. Made when first asked for; may be called by any thread.
  static const PoissonTable& with_exponent(int exponent);

  explicit PoissonTable(int n);
  /// The deviate of this level (0 to 255) at probability (index + 1/2) / 65536, index below 65536.
  int draw(int level, std::uint32_t index) const;

 private:
  /// Deviates of one level that 65536 equal steps of probability can tell apart.
  struct Row {
    float mean = 0;
    float deviation = 0;
    int first = 0;          ///< smallest deviate
    std::size_t begin = 0;  ///< of its part of ends_
    int count = 0;
  };

  std::array<Row, 256> rows_;
  /// By row and deviate: the first index beyond those it is drawn for; the last one of a row is
  /// 65536.
  std::vector<std::uint32_t> ends_;
};

}  // namespace sr
