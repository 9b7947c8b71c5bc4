#pragma once

#include <compare>
#include <cstdint>

namespace sr {

/// The sizes of one training step's tensors.
struct TrainingSize {
  int lq_size = 0;     ///< side of the square LQ crop, pixels; GT is lq_size * scale
  int batch_size = 0;  ///< samples per forward and backward (each of accum_iter parts)

  /// P of the memory model: LQ pixels in one batch.
  std::int64_t pixels() const {
    return std::int64_t{batch_size} * std::int64_t{lq_size} * std::int64_t{lq_size};
  }
  friend auto operator<=>(const TrainingSize&, const TrainingSize&) = default;
};

}  // namespace sr
