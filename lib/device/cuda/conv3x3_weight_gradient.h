#pragma once

// The gradient of the weights. conv3x3_tile.h says what all of it is about.

#include "device/cuda/conv3x3_tile.h"

namespace sr::conv3x3 {

/// parts[split][outputs][3][3][inputs] := the sums over a split's tiles of pixels.
struct WeightGradient {
  const void* input;
  const void* gradient;
  float* parts;
  unsigned input_stride, gradient_stride;
  unsigned outputs, inputs;
  Extent extent;
  Prelu prelu;
};

// A weight gradient: 3 columns of taps x 2 halves of the tile's rows, a group of outputs by a group
// of inputs. A stage holds one tile of pixels of both.
constexpr unsigned kHalves = 2;
constexpr unsigned kGradientWarps = kColumns * kHalves;
constexpr unsigned kHalfRows = kTile / kHalves;
constexpr unsigned kGradientStage = kHaloBytes + kTileBytes;

/// Bytes of shared memory that a block takes. The second stage is filled while the first is read.
SR_EVERYWHERE constexpr unsigned gradient_bytes(unsigned tiles_of_a_split) {
  return kGradientStage * (tiles_of_a_split > 1 ? 2 : 1);
}

/// What a warp has added up: [row of taps][16 outputs][8 inputs].
template <typename Machine>
struct GradientSums {
  typename Machine::Sums of[3][kGroup / 16][kGroup / 8];
};

/// Adds the products of one tile's pixels: a row of 16 pixels is the inner index. Each row of the
/// input meets the rows of the gradient above it, at it and below it.
template <typename Element, typename Machine>
SR_BLOCK_CODE void add_tile(Machine& machine, unsigned stage, unsigned warp,
                            GradientSums<Machine>& sums) {
  const unsigned column = warp % kColumns;
  const unsigned first = warp / kColumns * kHalfRows;
  typename Machine::Fragment gradients[3][kGroup / 16];
  SR_UNROLL
  for (unsigned r = 0; r < kHalfRows + 2; ++r) {
    if (r < kHalfRows) {
      SR_UNROLL
      for (unsigned m = 0; m < kGroup / 16; ++m) {
        machine.template ldmatrix<true>(gradients[r % 3][m], [&](unsigned lane) {
          const TransposedA rows(lane);
          return stage + kHaloBytes +
                 place((first + r) * kTile + rows.row, rows.row, 2 * m + rows.vector);
        });
      }
    }
    typename Machine::Fragment inputs[kGroup / 16];
    SR_UNROLL
    for (unsigned n = 0; n < kGroup / 16; ++n) {
      machine.template ldmatrix<true>(inputs[n], [&](unsigned lane) {
        const TransposedB rows(lane);
        const unsigned x = rows.row + column;
        return stage + place((first + r) * kHalo + x, x, 2 * n + rows.vector);
      });
    }
    SR_UNROLL
    for (unsigned ky = 0; ky < 3; ++ky) {
      if (r >= ky && r - ky < kHalfRows) {
        SR_UNROLL
        for (unsigned m = 0; m < kGroup / 16; ++m) {
          SR_UNROLL
          for (unsigned n = 0; n < kGroup / 8; ++n) {
            machine.template mma<Element>(sums.of[ky][m][n], gradients[(r - ky) % 3][m],
                                          inputs[n / 2], n % 2);
          }
        }
      }
    }
  }
}

/// Calls work(index of a lane's 4 sums, row of taps, 16 outputs, 8 inputs) for all.
template <typename Work>
SR_BLOCK_CODE void for_each_sum(Work work) {
  SR_UNROLL
  for (unsigned ky = 0; ky < 3; ++ky) {
    SR_UNROLL
    for (unsigned m = 0; m < kGroup / 16; ++m) {
      SR_UNROLL
      for (unsigned n = 0; n < kGroup / 8; ++n) {
        work((ky * (kGroup / 16) + m) * (kGroup / 8) + n, ky, m, n);
      }
    }
  }
}

/// Block (split, group of outputs by group of inputs) of a weight gradient with `splits` splits.
template <typename Element, bool kPrelu, typename Machine>
SR_BLOCK_CODE void weight_gradient(Machine& machine, const WeightGradient& p) {
  constexpr unsigned kThreads = kGradientWarps * kLanes;
  const unsigned split = machine.block_x();
  const unsigned splits = machine.blocks_x();
  const unsigned groups = p.inputs / kGroup;
  const unsigned output = machine.block_y() / groups * kGroup;
  const unsigned input = machine.block_y() % groups * kGroup;
  const unsigned tiles = tiles_of(p.extent);
  const auto fetch = [&](unsigned tile, unsigned stage) {
    const Corner corner = corner_of(tile, p.extent);
    fetch_pixels<kHalo, kThreads>(machine, stage, p.input, p.input_stride, input, corner, p.extent);
    fetch_pixels<kTile, kThreads>(machine, stage + kHaloBytes, p.gradient, p.gradient_stride,
                                  output, corner, p.extent);
  };
  typename Machine::template PerWarp<GradientSums<Machine>> sums{};
  unsigned stage = 0;
  fetch(split, stage);
  for (unsigned tile = split; tile < tiles; tile += splits) {
    machine.wait_for_copies();
    if constexpr (kPrelu) {
      activate<Element, kThreads>(machine, stage, p.prelu, input, corner_of(tile, p.extent),
                                  p.extent);
    }
    machine.sync();
    if (tile + splits < tiles) {
      fetch(tile + splits, kGradientStage - stage);
    }
    machine.for_each_warp(
        [&](unsigned warp) { add_tile<Element>(machine, stage, warp, sums.of(warp)); });
    stage = kGradientStage - stage;
  }
  // The lower half's sums go to the upper half's warps, through memory that nobody reads any more.
  machine.sync();
  constexpr unsigned kSums = 3 * (kGroup / 16) * (kGroup / 8);
  const auto room = [](unsigned column, unsigned sum, unsigned lane) {
    return ((column * kSums + sum) * kLanes + lane) * kVectorBytes;
  };
  machine.for_each_warp([&](unsigned warp) {
    if (warp / kColumns == 0) {
      return;
    }
    machine.for_each_lane([&](unsigned lane) {
      for_each_sum([&](unsigned i, unsigned ky, unsigned m, unsigned n) {
        machine.put4(room(warp % kColumns, i, lane),
                     machine.of_lane(sums.of(warp).of[ky][m][n], lane));
      });
    });
  });
  machine.sync();
  machine.for_each_warp([&](unsigned warp) {
    if (warp / kColumns != 0) {
      return;
    }
    machine.for_each_lane([&](unsigned lane) {
      for_each_sum([&](unsigned i, unsigned ky, unsigned m, unsigned n) {
        float other[4];
        machine.get4(other, room(warp, i, lane));
        const float* own = machine.of_lane(sums.of(warp).of[ky][m][n], lane);
        SR_UNROLL
        for (unsigned below = 0; below < 2; ++below) {
          const unsigned co = output + 16 * m + 8 * below + lane / 4;
          const unsigned ci = input + 8 * n + lane % 4 * 2;
          const unsigned long long row =
              (static_cast<unsigned long long>(split) * p.outputs + co) * kTaps + 3 * ky + warp;
          machine.store(p.parts + row * p.inputs + ci, own[2 * below] + other[2 * below],
                        own[2 * below + 1] + other[2 * below + 1]);
        }
      });
    });
  });
}

}  // namespace sr::conv3x3
