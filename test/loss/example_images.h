#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "loss/loss.h"
#include "loss/vgg19.h"
#include "recipe/perceptual_loss.h"

// The formulas of scripts/golden/losses.py.

namespace sr::test {

inline at::Tensor index_of(at::IntArrayRef shape) {
  return torch::arange(c10::multiply_integers(shape), torch::kFloat64).view(shape);
}

/// Images with structure at many scales; `noise` is how far output and averaged are from gt.
inline LossImages example_images(at::IntArrayRef shape, at::ScalarType type, double noise = 1) {
  const at::Tensor i = index_of(shape);
  const at::Tensor gt = 0.5 + 0.2 * torch::sin(0.37 * i + 0.4) + 0.1 * torch::sin(1.91 * i + 0.8) +
                        0.1 * torch::sin(i * i * 0.0003 + 1);
  const at::Tensor output =
      gt + noise * (0.05 * torch::sin(2.3 * i + 1) + 0.05 * torch::sin(i * i * 0.0007 + 2));
  const at::Tensor averaged = gt + noise * 0.08 * torch::sin(1.7 * i + 2);
  return {output.to(type).requires_grad_(true), gt.to(type), averaged.to(type)};
}

inline const FeatureStack::Weights& example_vgg19() {
  static const FeatureStack::Weights kWeights = [] {
    FeatureStack::Weights weights;
    for (std::size_t i = 0; i < recipe::vgg19_layers().size(); ++i) {
      const std::vector<std::int64_t> shape = vgg19_weight_shape(i);
      if (shape.empty()) {
        continue;
      }
      const auto position = static_cast<double>(i);
      const double size = std::sqrt(4.0 / (9.0 * static_cast<double>(shape[1])));
      weights["features." + std::to_string(i) + ".weight"] =
          size * torch::sin(0.7 * index_of(shape).pow(1.1) + position);
      weights["features." + std::to_string(i) + ".bias"] =
          0.1 * torch::sin(index_of({shape[0]}) + position);
    }
    return weights;
  }();
  return kWeights;
}

}  // namespace sr::test
