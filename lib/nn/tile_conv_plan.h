#pragma once

#include <algorithm>
#include <cstdint>

#include "nn/cpu_kernel.h"

// How a 3x3 convolution (stride 1, padding 1) is cut into products of matrix tiles: at most 16 rows
// by 32 elements times 32 elements by 16 columns, bfloat16, added up in float32. All tiles of a
// problem have one size, so that they are configured once. Lengths and strides are in elements.

namespace sr::tiles {

constexpr std::int64_t kTileRows = 16;
constexpr std::int64_t kTileColumns = 16;
constexpr std::int64_t kTileDepth = 32;
/// Room for a tile in packed weights and in sums.
constexpr std::int64_t kTileElements = kTileRows * kTileDepth;
constexpr std::int64_t kTileSums = kTileRows * kTileColumns;
/// The results of 2 x 2 tiles lie beside each other as rows of this many sums.
constexpr std::int64_t kBlockRow = 2 * kTileColumns;

/// What a machine's tiles are set to: sums are [rows][columns], the left factors [rows][depth], the
/// right ones [depth / 2][columns][2].
struct TileSize {
  std::int64_t rows, columns, depth;
};

/// A length in `count` pieces of `size`, which may reach beyond it.
struct Cut {
  std::int64_t count, size;
};

constexpr std::int64_t ceil_div(std::int64_t a, std::int64_t b) {
  return (a + b - 1) / b;
}

constexpr std::int64_t round_up(std::int64_t a, std::int64_t unit) {
  return ceil_div(a, unit) * unit;
}

/// Into the fewest pieces of at most `most`, whose size is a multiple of `unit`.
constexpr Cut cut(std::int64_t length, std::int64_t most, std::int64_t unit = 1) {
  const std::int64_t count = ceil_div(length, most);
  return {count, round_up(ceil_div(length, count), unit)};
}

/// Channels_last features [images, height, width, in] and results [images, height, width, out].
struct ConvSize {
  std::int64_t images, height, width, in, out;
};

/// The convolution itself, and its data gradient as one with `in` and `out` exchanged. A row of
/// results is a product over three rows of input: of each, the 3 * in_stride elements from a
/// pixel's left neighbour on lie one behind the other.
struct ConvPlan {
  explicit constexpr ConvPlan(const ConvSize& s)
      : size(s),
        in_stride(round_up(s.in, 2)),
        pixels(cut(s.width, kTileRows)),
        outputs(cut(s.out, kTileColumns)),
        depth(cut(3 * in_stride, kTileDepth, 2)),
        row(in_stride * (pixels.count * pixels.size + 2)),
        units_per_image(ceil_div(s.height, kUnitRows)) {}

  /// Results of a unit do not depend on other units, nor its sums on which thread computes it.
  static constexpr std::int64_t kUnitRows = 16;
  /// The three that are convolved and the one that is filled meanwhile.
  static constexpr std::int64_t kScratchRows = 4;

  ConvSize size;
  std::int64_t in_stride;  ///< channels of a pixel in scratch, even; the odd one is zero
  Cut pixels, outputs, depth;
  std::int64_t row;  ///< of scratch: a pixel of zeros, the row's pixels, zeros
  std::int64_t units_per_image;

  constexpr std::int64_t units() const { return size.images * units_per_image; }
  constexpr std::int64_t scratch() const { return kScratchRows * row; }
  constexpr TileSize tile() const { return {pixels.size, outputs.size, depth.size}; }
  /// The last piece of the depth starts early enough to end with it; what it shares with the piece
  /// before meets weights of zero.
  constexpr std::int64_t last_start() const { return 3 * in_stride - depth.size; }
  constexpr std::int64_t weights_of_row() const { return depth.count * kTileElements; }
  constexpr std::int64_t packed_weights() const { return outputs.count * 3 * weights_of_row(); }
};

/// The weight gradient: for each column of taps a product of [3 rows x in] by pixels and pixels by
/// out, over all pixels.
struct WeightPlan {
  explicit constexpr WeightPlan(const ConvSize& s)
      : size(s),
        in_stride(round_up(s.in, 2)),
        pixels(cut(s.width, kTileDepth, 2)),
        inputs(cut(3 * s.in, kTileRows)),
        outputs(cut(s.out, kTileColumns)),
        row(round_up(pixels.count * pixels.size + 2, 8)),
        band_rows(ceil_div(kBandTiles, pixels.count)),
        bands_per_image(ceil_div(s.height, band_rows)) {}

  /// Pieces of the depth after which sums are put aside, because a band's factors should stay in
  /// the nearest cache.
  static constexpr std::int64_t kBandTiles = 8;
  /// Units of several bands spare sums that are added up at the end, but a machine of some
  /// processors wants a few units.
  static constexpr std::int64_t kUnitBands = 4;
  static constexpr std::int64_t kFewUnits = 8;
  static constexpr std::int64_t kMostUnits = 64;

  ConvSize size;
  std::int64_t in_stride;
  Cut pixels, inputs, outputs;
  std::int64_t row;  ///< of a channel in scratch: a zero, the row's pixels, zeros
  std::int64_t band_rows, bands_per_image;

  constexpr std::int64_t bands() const { return size.images * bands_per_image; }
  constexpr std::int64_t units() const {
    return std::min(bands(), std::clamp(bands() / kUnitBands, kFewUnits, kMostUnits));
  }
  constexpr std::int64_t first_band(std::int64_t unit) const { return bands() * unit / units(); }
  constexpr TileSize tile() const { return {inputs.size, outputs.size, pixels.size}; }
  constexpr std::int64_t activated_row() const { return size.in * row; }
  /// The last tile of inputs may reach beyond them.
  constexpr std::int64_t activated() const {
    return (band_rows + 2) * activated_row() + inputs.size * row;
  }
  constexpr std::int64_t padded_outputs() const { return outputs.count * outputs.size; }
  constexpr std::int64_t gradient_row() const {
    return pixels.count * pixels.size * padded_outputs();
  }
  constexpr std::int64_t scratch() const {
    return activated() + band_rows * gradient_row() + size.width * in_stride;
  }
  /// A unit's sums: tiles [3 columns of taps][inputs][outputs], then those of the bias.
  constexpr std::int64_t tiles() const { return 3 * inputs.count * outputs.count; }
  constexpr std::int64_t sums() const { return tiles() * kTileSums + padded_outputs(); }
};

/// Where the weights of a convolution or of its data gradient lie: that of output o, input i and
/// tap t at weight[o * output + i * input + (flipped ? 8 - t : t)].
struct WeightOrder {
  const float* weight;
  std::int64_t output, input;
  bool flipped;
};

/// Arguments are dense; `packed` as Kernels::pack writes them.
struct ForwardArguments {
  const kernel::BFloat16* features;
  const float* slope;
  const kernel::BFloat16* packed;
  const float* bias;
  kernel::BFloat16* output;
};

/// `in` channels are those of `gradient`, `out` those of `features`.
struct DataGradientArguments {
  const kernel::BFloat16* gradient;
  const kernel::BFloat16* packed;
  const kernel::BFloat16* features;
  const float* slope;
  kernel::BFloat16* output;
  float* slope_sums;  ///< [units][out], zeros before
};

struct WeightGradientArguments {
  const kernel::BFloat16* features;
  const float* slope;
  const kernel::BFloat16* gradient;
  float* sums;  ///< [units][sums()]
};

/// A machine's functions, each for a part [first, last) of the work.
struct Kernels {
  /// Of the tiles of packed weights [outputs.count][3 rows of taps][depth.count].
  void (*pack)(const ConvPlan& plan, const WeightOrder& order, std::int64_t first,
               std::int64_t last, kernel::BFloat16* packed);
  /// Of the units; `scratch`: scratch() elements of zeros, for this call.
  void (*forward)(const ConvPlan& plan, const ForwardArguments& arguments, std::int64_t first,
                  std::int64_t last, kernel::BFloat16* scratch);
  void (*data_gradient)(const ConvPlan& plan, const DataGradientArguments& arguments,
                        std::int64_t first, std::int64_t last, kernel::BFloat16* scratch);
  void (*weight_gradient)(const WeightPlan& plan, const WeightGradientArguments& arguments,
                          std::int64_t first, std::int64_t last, kernel::BFloat16* scratch);
  /// Of the tiles of `sums`: their totals go into `weight` [out, in, 3, 3].
  void (*add_up)(const WeightPlan& plan, const float* sums, std::int64_t first, std::int64_t last,
                 float* weight);
};

}  // namespace sr::tiles
