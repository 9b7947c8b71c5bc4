#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "nn/cpu_kernel.h"
#include "nn/tile_conv_plan.h"
#include "nn/tile_conv_weights.h"
#include "nn/tile_products.h"

// The convolutions' passes as templates over a machine, which has eight tiles (0 to 3 for sums, 4
// and 5 for left factors, 6 and 7 for right ones) and a few operations on rows of pixels:
// nn/amx_kernels.cpp has the processor's, test/nn/emulated_tiles.h plain C++ ones. All that depends
// on a machine is a member of a template, because it is compiled for the processors that have it.

namespace sr::tiles {

using kernel::BFloat16;

/// What is done to features on their way in and to sums on their way out, in forward.
template <typename Machine>
struct ForwardPass {
  const ConvPlan& plan;
  const ForwardArguments& arguments;

  /// `pixel`: the first of `pixels`, among all images'.
  void fill(std::int64_t pixel, std::int64_t pixels, BFloat16* to) const {
    Machine::activate(arguments.features + pixel * plan.size.in, arguments.slope, to, pixels,
                      plan.size.in);
  }
  void finish(const float* sums, std::int64_t pixel, std::int64_t channel, std::int64_t pixels,
              std::int64_t channels, std::int64_t /*unit*/) const {
    Machine::add_bias(sums, arguments.bias + channel,
                      arguments.output + pixel * plan.size.out + channel, plan.size.out, pixels,
                      channels);
  }
};

/// The same in the data gradient.
template <typename Machine>
struct DataGradientPass {
  const ConvPlan& plan;
  const DataGradientArguments& arguments;

  void fill(std::int64_t pixel, std::int64_t pixels, BFloat16* to) const {
    const std::int64_t in = plan.size.in;
    const BFloat16* from = arguments.gradient + pixel * in;
    if (in == plan.in_stride) {
      std::memcpy(to, from, static_cast<std::size_t>(pixels * in) * sizeof *to);
      return;
    }
    for (std::int64_t x = 0; x < pixels; ++x) {
      std::memcpy(to + x * plan.in_stride, from + x * in,
                  static_cast<std::size_t>(in) * sizeof *to);
    }
  }
  void finish(const float* sums, std::int64_t pixel, std::int64_t channel, std::int64_t pixels,
              std::int64_t channels, std::int64_t unit) const {
    const std::int64_t offset = pixel * plan.size.out + channel;
    Machine::activation_gradient(sums, arguments.features + offset, arguments.slope + channel,
                                 arguments.slope_sums + unit * plan.size.out + channel,
                                 arguments.output + offset, plan.size.out, pixels, channels);
  }
};

/// The units of one pass. While the machine multiplies, the row of input that is needed next is
/// filled and the results before are finished: each block of products has three parts, behind which
/// a piece of that work has its place.
template <typename Machine, typename Pass>
class Convolution {
 public:
  static void run(const ConvPlan& plan, const Pass& pass, const BFloat16* packed,
                  std::int64_t first, std::int64_t last, BFloat16* scratch) {
    Machine machine(plan.tile());
    Convolution convolution{plan, pass, packed, scratch};
    for (std::int64_t unit = first; unit < last; ++unit) {
      convolution.run_unit(machine, unit);
    }
  }

 private:
  /// A row of input of which `done` pixels are in scratch.
  struct Filling {
    std::int64_t row;   ///< of scratch
    std::int64_t from;  ///< its first pixel, among all images'
    std::int64_t done;
  };
  /// Sums that are not written yet, but for `done` of `pixels`.
  struct Finishing {
    const float* sums;
    std::int64_t pixel, channel, channels, pixels, done;
  };

  Convolution(const ConvPlan& plan, const Pass& pass, const BFloat16* packed, BFloat16* scratch)
      : plan_(plan), pass_(pass), packed_(packed), scratch_(scratch) {
    const std::int64_t blocks = ceil_div(plan.outputs.count, 2) * ceil_div(plan.pixels.count, 2);
    filled_at_once_ = ceil_div(plan.size.width, 3 * blocks);
    finished_at_once_ = ceil_div(2 * plan.pixels.size, 3);
  }

  void run_unit(Machine& machine, std::int64_t unit) {
    const std::int64_t image = unit / plan_.units_per_image;
    const std::int64_t top = unit % plan_.units_per_image * ConvPlan::kUnitRows;
    const std::int64_t bottom = std::min(top + ConvPlan::kUnitRows, plan_.size.height);
    unit_ = unit;
    for (std::int64_t y = top - 1; y <= top + 1; ++y) {
      start_filling(image, y);
      fill(plan_.size.width);
    }
    for (std::int64_t y = top; y < bottom; ++y) {
      if (y + 1 < bottom) {
        start_filling(image, y + 2);
      }
      for (std::int64_t o = 0; o < plan_.outputs.count; o += 2) {
        for (std::int64_t tile = 0; tile < plan_.pixels.count; tile += 2) {
          convolve_block(machine, image, y, o, tile);
        }
      }
      fill(plan_.size.width);
    }
    finish(finishing_.pixels);
  }

  BFloat16* row_of(std::int64_t y) const {
    return scratch_ + (y + 1) % ConvPlan::kScratchRows * plan_.row;
  }

  void start_filling(std::int64_t image, std::int64_t y) {
    filling_ = {y, (image * plan_.size.height + y) * plan_.size.width, 0};
    if (y < 0 || y >= plan_.size.height) {
      std::memset(row_of(y), 0, static_cast<std::size_t>(plan_.row) * sizeof(BFloat16));
      filling_.done = plan_.size.width;
    }
  }

  void fill(std::int64_t most) {
    const std::int64_t pixels = std::min(most, plan_.size.width - filling_.done);
    if (pixels > 0) {
      pass_.fill(filling_.from + filling_.done, pixels,
                 row_of(filling_.row) + (filling_.done + 1) * plan_.in_stride);
      filling_.done += pixels;
    }
  }

  void finish(std::int64_t most) {
    const std::int64_t pixels = std::min(most, finishing_.pixels - finishing_.done);
    if (pixels > 0) {
      pass_.finish(finishing_.sums + finishing_.done * kBlockRow,
                   finishing_.pixel + finishing_.done, finishing_.channel, pixels,
                   finishing_.channels, unit_);
      finishing_.done += pixels;
    }
  }

  /// Two tiles of row y's pixels from `tile` on by two of outputs from `o` on.
  void convolve_block(Machine& machine, std::int64_t image, std::int64_t y, std::int64_t o,
                      std::int64_t tile) {
    const std::int64_t p = std::min<std::int64_t>(2, plan_.pixels.count - tile);
    const std::int64_t q = std::min<std::int64_t>(2, plan_.outputs.count - o);
    const std::int64_t x = tile * plan_.pixels.size;
    Factor left{nullptr, plan_.in_stride,  plan_.pixels.size * plan_.in_stride,
                0,       plan_.depth.size, plan_.last_start()};
    Factor right{packed_ + o * 3 * plan_.weights_of_row(),
                 kTileDepth,
                 3 * plan_.weights_of_row(),
                 0,
                 kTileElements,
                 kNoLast};
    Products<Machine>::zero(machine);
    for (std::int64_t row = y - 1; row <= y + 1; ++row) {
      left.base = row_of(row) + x * plan_.in_stride;
      Products<Machine>::sweep(machine, p, q, left, right, 1, plan_.depth.count);
      right.base += plan_.weights_of_row();
      finish(finished_at_once_);
      fill(filled_at_once_);
    }
    float* const sums = finishing_.sums == sums_[0] ? sums_[1] : sums_[0];
    Products<Machine>::store(machine, p, q,
                             {sums, kBlockRow, plan_.outputs.size, plan_.pixels.size * kBlockRow});
    const std::int64_t channel = o * plan_.outputs.size;
    finishing_ = {sums,
                  (image * plan_.size.height + y) * plan_.size.width + x,
                  channel,
                  std::min(q * plan_.outputs.size, plan_.size.out - channel),
                  std::min(p * plan_.pixels.size, plan_.size.width - x),
                  0};
  }

  const ConvPlan& plan_;
  const Pass& pass_;
  const BFloat16* packed_;
  BFloat16* scratch_;  ///< [kScratchRows][row]
  std::int64_t filled_at_once_, finished_at_once_;
  std::int64_t unit_ = 0;
  Filling filling_{};
  Finishing finishing_{};
  alignas(64) float sums_[2][2 * kTileRows * kBlockRow];
};

template <typename Machine>
class WeightGradient {
 public:
  static void run(const WeightPlan& plan, const WeightGradientArguments& arguments,
                  std::int64_t first, std::int64_t last, BFloat16* scratch) {
    Machine machine(plan.tile());
    const WeightGradient gradient{plan, arguments, scratch};
    for (std::int64_t unit = first; unit < last; ++unit) {
      gradient.run_unit(machine, unit);
    }
  }

 private:
  WeightGradient(const WeightPlan& plan, const WeightGradientArguments& arguments,
                 BFloat16* scratch)
      : plan_(plan),
        arguments_(arguments),
        activated_(scratch),
        gradient_(scratch + plan.activated()),
        pixels_(gradient_ + plan.band_rows * plan.gradient_row()) {}

  void run_unit(Machine& machine, std::int64_t unit) const {
    float* const sums = arguments_.sums + unit * plan_.sums();
    std::fill_n(sums + plan_.tiles() * kTileSums, plan_.padded_outputs(), 0.0F);
    const std::int64_t first = plan_.first_band(unit);
    const std::int64_t last = plan_.first_band(unit + 1);
    for (std::int64_t band = first; band < last; ++band) {
      const std::int64_t image = band / plan_.bands_per_image;
      const std::int64_t y = band % plan_.bands_per_image * plan_.band_rows;
      const std::int64_t rows = std::min(plan_.band_rows, plan_.size.height - y);
      fill_activated(image, y, rows, band == first || y == 0 ? 0 : 2);
      for (std::int64_t row = 0; row < rows; ++row) {
        const std::int64_t pixel = (image * plan_.size.height + y + row) * plan_.size.width;
        Machine::interleave(arguments_.gradient + pixel * plan_.size.out,
                            gradient_ + row * plan_.gradient_row(),
                            sums + plan_.tiles() * kTileSums, plan_.size.width, plan_.size.out,
                            plan_.padded_outputs());
      }
      add_products(machine, rows, band == first, sums);
    }
  }

  /// Rows y - 1 to y + rows, channel by channel; the first `kept` are the last two of the band
  /// before.
  void fill_activated(std::int64_t image, std::int64_t y, std::int64_t rows,
                      std::int64_t kept) const {
    const std::int64_t n = plan_.activated_row();
    if (kept > 0) {
      std::memmove(activated_, activated_ + plan_.band_rows * n,
                   static_cast<std::size_t>(2 * n) * sizeof(BFloat16));
    }
    for (std::int64_t i = kept; i < rows + 2; ++i) {
      const std::int64_t from = y - 1 + i;
      BFloat16* const to = activated_ + i * n;
      if (from < 0 || from >= plan_.size.height) {
        std::memset(to, 0, static_cast<std::size_t>(n) * sizeof(BFloat16));
        continue;
      }
      const std::int64_t pixel = (image * plan_.size.height + from) * plan_.size.width;
      Machine::activate(arguments_.features + pixel * plan_.size.in, arguments_.slope, pixels_,
                        plan_.size.width, plan_.size.in);
      Machine::transpose(pixels_, to + 1, plan_.row, plan_.size.width, plan_.size.in);
    }
  }

  /// `starts`: there are no sums yet.
  void add_products(Machine& machine, std::int64_t rows, bool starts, float* sums) const {
    for (std::int64_t o = 0; o < plan_.outputs.count; o += 2) {
      for (std::int64_t i = 0; i < plan_.inputs.count; i += 2) {
        for (std::int64_t column = 0; column < 3; ++column) {
          add_block(machine, rows, starts, i, o, column, sums);
        }
      }
    }
  }

  /// Two by two tiles, of inputs from `i` and outputs from `o` on.
  void add_block(Machine& machine, std::int64_t rows, bool starts, std::int64_t i, std::int64_t o,
                 std::int64_t column, float* sums) const {
    const std::int64_t p = std::min<std::int64_t>(2, plan_.inputs.count - i);
    const std::int64_t q = std::min<std::int64_t>(2, plan_.outputs.count - o);
    const Factor left{activated_ + i * plan_.inputs.size * plan_.row + column,
                      plan_.row,
                      plan_.inputs.size * plan_.row,
                      plan_.activated_row(),
                      plan_.pixels.size,
                      kNoLast};
    const Factor right{gradient_ + o * plan_.outputs.size * 2,
                       plan_.padded_outputs() * 2,
                       plan_.outputs.size * 2,
                       plan_.gradient_row(),
                       plan_.pixels.size * plan_.padded_outputs(),
                       kNoLast};
    float* const tile =
        sums + ((column * plan_.inputs.count + i) * plan_.outputs.count + o) * kTileSums;
    const Block block{tile, kTileColumns, kTileSums, plan_.outputs.count * kTileSums};
    if (starts) {
      Products<Machine>::zero(machine);
    } else {
      Products<Machine>::load(machine, p, q, block);
    }
    Products<Machine>::sweep(machine, p, q, left, right, rows, plan_.pixels.count);
    Products<Machine>::store(machine, p, q, block);
  }

  const WeightPlan& plan_;
  const WeightGradientArguments& arguments_;
  BFloat16* activated_;  ///< [band_rows + 2][in][row]
  BFloat16* gradient_;   ///< [band_rows][pixels / 2][padded_outputs][2]
  BFloat16* pixels_;     ///< [width][in_stride]
};

/// All that a machine computes.
template <typename Machine>
struct KernelsOf {
  static void forward(const ConvPlan& plan, const ForwardArguments& arguments, std::int64_t first,
                      std::int64_t last, BFloat16* scratch) {
    const ForwardPass<Machine> pass{plan, arguments};
    Convolution<Machine, ForwardPass<Machine>>::run(plan, pass, arguments.packed, first, last,
                                                    scratch);
  }
  static void data_gradient(const ConvPlan& plan, const DataGradientArguments& arguments,
                            std::int64_t first, std::int64_t last, BFloat16* scratch) {
    const DataGradientPass<Machine> pass{plan, arguments};
    Convolution<Machine, DataGradientPass<Machine>>::run(plan, pass, arguments.packed, first, last,
                                                         scratch);
  }
  static constexpr Kernels table() {
    return {&Weights<Machine>::pack, &forward, &data_gradient, &WeightGradient<Machine>::run,
            &Weights<Machine>::add_up};
  }
};

}  // namespace sr::tiles
