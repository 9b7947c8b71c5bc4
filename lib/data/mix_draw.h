#pragma once

#include <cstdint>

#include "recipe/batch_mix.h"

namespace sr {

/// How one sample is mixed, in numbers that know no size and no batch: a pure function of seed and
/// sample number, so that a retry, a resume, other sizes, micro-batches and ranks draw the same.
struct MixDraw {
  BatchMix kind = BatchMix::kNone;
  double partner = 0;  ///< in [0, 1): which of the other samples
  /// mixup: weight of the sample itself; the others: side of the box, as a share of the crop's.
  double amount = 0;
  double x = 0, y = 0;  ///< in [0, 1): the pixel in the middle of the box
};

MixDraw draw_mix(const BatchMixOptions& options, std::uint64_t seed, std::uint64_t sample);

/// A box in a square crop, LQ pixels: left and top to right and bottom, which are outside.
struct MixBox {
  int left = 0, top = 0, right = 0, bottom = 0;

  int width() const { return right - left; }
  int height() const { return bottom - top; }
  friend bool operator==(const MixBox&, const MixBox&) = default;
};

/// The box of a draw in a crop of this side: never empty, cut off at the crop's border.
MixBox mix_box(const MixDraw& draw, int side);

/// Position of the other sample among the `count` of a batch, never `index` itself unless it is
/// alone.
std::int64_t mix_partner(const MixDraw& draw, std::int64_t index, std::int64_t count);

}  // namespace sr
