#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "loss/loss.h"
#include "loss/vgg19.h"
#include "nn/vgg16.h"

// The formulas of scripts/golden/losses.py and redux_losses.py.

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

/// Weights of every convolution of a design.
inline FeatureStack::Weights example_weights(const FeatureStack::Design& design) {
  FeatureStack::Weights weights;
  std::int64_t input = 3;
  for (std::size_t i = 0; i < design.layers.size(); ++i) {
    const FeatureLayer& layer = design.layers[i];
    if (layer.kind != FeatureLayer::Kind::kConvolution) {
      continue;
    }
    const auto position = static_cast<double>(i);
    const double size = std::sqrt(4.0 / (9.0 * static_cast<double>(input)));
    const std::string name = "features." + std::to_string(i);
    weights[name + ".weight"] =
        size * torch::sin(0.7 * index_of({layer.channels, input, 3, 3}).pow(1.1) + position);
    weights[name + ".bias"] = 0.1 * torch::sin(index_of({layer.channels}) + position);
    input = layer.channels;
  }
  return weights;
}

inline const FeatureStack::Weights& example_vgg19(bool antialiased = false) {
  static const FeatureStack::Weights kPlain = example_weights(vgg19_design({}));
  static const FeatureStack::Weights kAntialiased = example_weights(vgg19_design({}, true));
  return antialiased ? kAntialiased : kPlain;
}

/// vgg16's and DISTS' alpha and beta.
inline const FeatureStack::Weights& example_dists() {
  static const FeatureStack::Weights kWeights = [] {
    FeatureStack::Weights weights = example_weights(vgg16(l2_pool()));
    const at::Tensor index = index_of({1, 1475, 1, 1});
    weights["alpha"] = 1.1 + torch::sin(index);
    weights["beta"] = 1.2 + torch::sin(2 * index + 1);
    return weights;
  }();
  return kWeights;
}

}  // namespace sr::test
