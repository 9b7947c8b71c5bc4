#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "nn/linear_layer.h"
#include "nn/module.h"

namespace sr {

/// A multilayer perceptron from the offset of two pixels to a bias of each head (CrossFormer; Wang
/// et al., 2021): a linear layer to `inside` features, then three times LayerNorm, ReLU and a
/// linear layer.
class PositionBias final : public Module {
 public:
  PositionBias(int inside, int heads, LinearStart start, at::Generator& generator);

  /// Offsets [n, 2] of rows and columns: [n, heads].
  at::Tensor operator()(const at::Tensor& offsets) const;

 private:
  struct Step {
    Layer norm, linear;
  };
  Layer first_;
  std::vector<Step> steps_;
};

}  // namespace sr
