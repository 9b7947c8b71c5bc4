#pragma once

#include <optional>
#include <string>

#include "arch/tensor_shapes.h"

namespace sr::arch {

/// What PLKSR and RealPLKSR have in common in a weight file: `feats` with a first layer, blocks
/// with a large kernel on a part of the features, and layers behind them.
struct PlkSize {
  int features = 0, blocks = 0, kernel = 0, scale = 0;
  double split_ratio = 0;
};

/// `large` is the large kernel of the first block; `other_layers` of feats are no blocks. Nothing
/// when a size is one that the options cannot have.
std::optional<PlkSize> plk_size(const TensorShapes& shapes, const std::string& large,
                                int other_layers, const Range& kernels);

}  // namespace sr::arch
