#pragma once

#include <algorithm>
#include <cstdint>

#include "nn/cpu_kernel.h"
#include "nn/tile_conv_plan.h"

// Sums of products of tiles, on a machine as nn/tile_conv_core.h describes it.

namespace sr::tiles {

using kernel::BFloat16;

/// One factor of a sum of products. Product (outer, inner) takes its tile at
/// outer * `outer` + min(inner * `inner`, `last`), rows `row` apart, and the tile beside it
/// `second` further on.
struct Factor {
  const BFloat16* base;
  std::int64_t row, second, outer, inner, last;
};

constexpr std::int64_t kNoLast = INT64_MAX;

/// Where the sums of 2 x 2 tiles lie: rows `row` apart, the tile on the right and the one below.
struct Block {
  float* base;
  std::int64_t row, right, below;
};

template <typename Machine>
struct Products {
  static void zero(Machine& machine) {
    machine.template zero<0>();
    machine.template zero<1>();
    machine.template zero<2>();
    machine.template zero<3>();
  }

  static void load(Machine& machine, std::int64_t p, std::int64_t q, const Block& block) {
    each_sum(p, q, block, [&machine, &block]<int kTile>(float* sums) {
      machine.template load<kTile>(sums, block.row);
    });
  }

  static void store(Machine& machine, std::int64_t p, std::int64_t q, const Block& block) {
    each_sum(p, q, block, [&machine, &block]<int kTile>(float* sums) {
      machine.template store<kTile>(sums, block.row);
    });
  }

  /// Adds outers * inners products to the sums of P tiles of left by Q tiles of right factors.
  template <int P, int Q>
  static void sweep(Machine& machine, const Factor& a, const Factor& b, std::int64_t outers,
                    std::int64_t inners) {
    for (std::int64_t outer = 0; outer < outers; ++outer) {
      for (std::int64_t inner = 0; inner < inners; ++inner) {
        const BFloat16* left = a.base + outer * a.outer + std::min(inner * a.inner, a.last);
        const BFloat16* right = b.base + outer * b.outer + inner * b.inner;
        machine.template load<4>(left, a.row);
        machine.template load<6>(right, b.row);
        machine.template multiply<0, 4, 6>();
        if constexpr (Q == 2) {
          machine.template load<7>(right + b.second, b.row);
          machine.template multiply<1, 4, 7>();
        }
        if constexpr (P == 2) {
          machine.template load<5>(left + a.second, a.row);
          machine.template multiply<2, 5, 6>();
        }
        if constexpr (P == 2 && Q == 2) {
          machine.template multiply<3, 5, 7>();
        }
      }
    }
  }

  static void sweep(Machine& machine, std::int64_t p, std::int64_t q, const Factor& a,
                    const Factor& b, std::int64_t outers, std::int64_t inners) {
    if (p == 2) {
      q == 2 ? sweep<2, 2>(machine, a, b, outers, inners)
             : sweep<2, 1>(machine, a, b, outers, inners);
    } else {
      q == 2 ? sweep<1, 2>(machine, a, b, outers, inners)
             : sweep<1, 1>(machine, a, b, outers, inners);
    }
  }

 private:
  /// Calls visit<tile>(its place) for each tile of p x q ones.
  template <typename Visit>
  static void each_sum(std::int64_t p, std::int64_t q, const Block& block, const Visit& visit) {
    visit.template operator()<0>(block.base);
    if (q == 2) {
      visit.template operator()<1>(block.base + block.right);
    }
    if (p == 2) {
      visit.template operator()<2>(block.base + block.below);
    }
    if (p == 2 && q == 2) {
      visit.template operator()<3>(block.base + block.below + block.right);
    }
  }
};

}  // namespace sr::tiles
