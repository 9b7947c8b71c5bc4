#pragma once

#include <algorithm>
#include <cstdint>

#include "nn/cpu_kernel.h"
#include "nn/tile_conv_plan.h"

// Weights as a machine's tiles want them, and their gradient out of its tiles.

namespace sr::tiles {

using kernel::BFloat16;

/// What comes before and behind the passes.
template <typename Machine>
struct Weights {
  /// Tiles [first, last) of packed weights [outputs.count][3 rows of taps][depth.count].
  static void pack(const ConvPlan& plan, const WeightOrder& order, std::int64_t first,
                   std::int64_t last, BFloat16* packed) {
    for (std::int64_t tile = first; tile < last; ++tile) {
      const std::int64_t row = tile / plan.depth.count;
      pack_tile(plan, order, row / 3 * plan.outputs.size, row % 3, tile % plan.depth.count,
                packed + tile * kTileElements);
    }
  }

  /// Adds up what the units have of tiles [first, last), into `weight` [out, in, 3, 3].
  static void add_up(const WeightPlan& plan, const float* sums, std::int64_t first,
                     std::int64_t last, float* weight) {
    for (std::int64_t tile = first; tile < last; ++tile) {
      float total[kTileSums] = {};
      for (std::int64_t unit = 0; unit < plan.units(); ++unit) {
        const float* const from = sums + unit * plan.sums() + tile * kTileSums;
        for (std::int64_t i = 0; i < kTileSums; ++i) {
          total[i] += from[i];
        }
      }
      write_tile(plan, total, tile, weight);
    }
  }

 private:
  /// Of outputs from `o` on, for piece `piece` of the three taps of row `y`.
  static void pack_tile(const ConvPlan& plan, const WeightOrder& order, std::int64_t o,
                        std::int64_t y, std::int64_t piece, BFloat16* to) {
    const std::int64_t begin = piece * plan.depth.size;
    const std::int64_t start = std::min(begin, plan.last_start());
    const std::int64_t outputs = std::min(plan.outputs.size, plan.size.out - o);
    for (std::int64_t k = start; k < start + plan.depth.size; k += 2, to += kTileDepth) {
      const std::int64_t input = k % plan.in_stride;
      const std::int64_t tap = 3 * y + k / plan.in_stride;
      const float* const from =
          order.weight + o * order.output + input * order.input + (order.flipped ? 8 - tap : tap);
      const std::int64_t inputs = k < begin ? 0 : std::min<std::int64_t>(2, plan.size.in - input);
      Machine::pack(from, order.output, order.input, outputs, inputs, to);
    }
  }

  static void write_tile(const WeightPlan& plan, const float* total, std::int64_t tile,
                         float* weight) {
    const std::int64_t column = tile / (plan.inputs.count * plan.outputs.count);
    const std::int64_t first_input =
        tile / plan.outputs.count % plan.inputs.count * plan.inputs.size;
    const std::int64_t first_output = tile % plan.outputs.count * plan.outputs.size;
    const std::int64_t inputs = std::min(plan.inputs.size, 3 * plan.size.in - first_input);
    const std::int64_t outputs = std::min(plan.outputs.size, plan.size.out - first_output);
    for (std::int64_t i = 0; i < inputs; ++i) {
      const std::int64_t row = (first_input + i) / plan.size.in;
      const std::int64_t input = (first_input + i) % plan.size.in;
      float* const to = weight + (first_output * plan.size.in + input) * 9 + row * 3 + column;
      for (std::int64_t o = 0; o < outputs; ++o) {
        to[o * plan.size.in * 9] = total[i * kTileColumns + o];
      }
    }
  }
};

}  // namespace sr::tiles
