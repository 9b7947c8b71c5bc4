#pragma once

#include <string>

#include <opencv2/core.hpp>

#include <torch/torch.h>

#include "nn/feature_stack.h"
#include "support/pattern.h"
#include "support/scattered.h"

// The formulas of scripts/golden/perceptual_metrics.py.

namespace sr::test {

/// Weights of a design; each layer keeps the size of its input.
inline FeatureStack::Weights example_network(const FeatureStack::Design& design) {
  FeatureStack::Weights weights;
  std::int64_t input = 3;
  const auto add = [&](const std::string& name, std::int64_t output, std::int64_t inputs,
                       std::int64_t kernel) {
    const double size = std::sqrt(24.0 / static_cast<double>(inputs * kernel * kernel));
    weights[name + ".weight"] =
        size * scattered(name + ".weight", {output, inputs, kernel, kernel});
    weights[name + ".bias"] = 0.2 * scattered(name + ".bias", {output});
  };
  for (std::size_t i = 0; i < design.layers.size(); ++i) {
    const FeatureLayer& layer = design.layers[i];
    const std::string name = "features." + std::to_string(i);
    if (layer.kind == FeatureLayer::Kind::kConvolution) {
      add(name, layer.channels, input, layer.kernel);
      input = layer.channels;
    } else if (layer.kind == FeatureLayer::Kind::kFire) {
      add(name + ".squeeze", layer.squeezed, input, 1);
      add(name + ".expand1x1", layer.channels, layer.squeezed, 1);
      add(name + ".expand3x3", layer.channels, layer.squeezed, 3);
      input = 2 * layer.channels;
    }
  }
  return weights;
}

/// Another image of the same size: what a network makes of `image`.
inline cv::Mat disturbed(const cv::Mat& image) {
  cv::Mat result = image.clone();
  for (int y = 0; y < image.rows; ++y) {
    for (int x = 0; x < image.cols; ++x) {
      for (int c = 0; c < 3; ++c) {
        const int value = image.at<cv::Vec3b>(y, x)[c] + (x * 31 + y * 17 + c * 11) % 81 - 40;
        result.at<cv::Vec3b>(y, x)[c] = static_cast<std::uint8_t>(std::clamp(value, 0, 255));
      }
    }
  }
  return result;
}

}  // namespace sr::test
