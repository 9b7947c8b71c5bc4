#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "nn/feature_stack.h"
#include "nn/resnet50.h"
#include "support/scattered.h"

// Networks that losses look through, with the weights of scripts/golden/redux_losses.py.

namespace sr::test {

/// Weights in float64 that keep about the size of what goes through them.
class ExampleNetwork {
 public:
  /// `gain`: of a convolution at the end of a residual block, fewer than 1.
  void convolution(const std::string& name, const std::vector<std::int64_t>& shape,
                   double gain = 1) {
    const auto inputs = static_cast<double>(shape[1] * shape[2] * shape[3]);
    const std::string full = name + ".weight";
    weights_[full] = scattered(full, shape).to(at::kDouble) * (gain * std::sqrt(24 / inputs));
  }
  void norm(const std::string& name, std::int64_t channels) {
    for (const char* what : {".weight", ".bias", ".running_mean", ".running_var"}) {
      const std::string full = name + what;
      const at::Tensor values = scattered(full, {channels}).to(at::kDouble);
      const bool is_factor = full.ends_with(".weight") || full.ends_with(".running_var");
      weights_[full] = is_factor ? 1 + values : 0.2 * values;
    }
  }
  void factors(const std::string& name, std::int64_t channels) {
    const std::string full = name + ".weight";
    weights_[full] = 1 + scattered(full, {channels}).to(at::kDouble);
  }
  void biased_convolution(const std::string& name, const std::vector<std::int64_t>& shape) {
    convolution(name, shape);
    const std::string full = name + ".bias";
    weights_[full] = 0.2 * scattered(full, {shape[0]}).to(at::kDouble);
  }
  const FeatureStack::Weights& weights() const { return weights_; }

 private:
  FeatureStack::Weights weights_;
};

inline constexpr double kGainOfBranch = 0.25;

inline const FeatureStack::Weights& example_resnet50() {
  static const ExampleNetwork kNetwork = [] {
    ExampleNetwork network;
    network.convolution("conv1", {64, 3, 7, 7});
    network.norm("bn1", 64);
    std::int64_t inputs = 64;
    for (std::size_t stage = 0; stage < ResNet50::kBlocks.size(); ++stage) {
      const std::int64_t width = std::int64_t{64} << stage;
      for (int block = 0; block < ResNet50::kBlocks[stage]; ++block) {
        const std::string name =
            "layer" + std::to_string(stage + 1) + "." + std::to_string(block) + ".";
        network.convolution(name + "conv1", {width, inputs, 1, 1});
        network.norm(name + "bn1", width);
        network.convolution(name + "conv2", {width, width, 3, 3});
        network.norm(name + "bn2", width);
        network.convolution(name + "conv3", {4 * width, width, 1, 1}, kGainOfBranch);
        network.norm(name + "bn3", 4 * width);
        if (block == 0) {
          network.convolution(name + "downsample.0", {4 * width, inputs, 1, 1});
          network.norm(name + "downsample.1", 4 * width);
        }
        inputs = 4 * width;
      }
    }
    return network;
  }();
  return kNetwork.weights();
}

inline const FeatureStack::Weights& example_line_distiller() {
  static const ExampleNetwork kNetwork = [] {
    ExampleNetwork network;
    network.convolution("conv1.0", {64, 3, 7, 7});
    struct Stage {
      std::int64_t features, inner, rest, blocks;
    };
    const std::array<Stage, 8> stages{{{64, 16, 16, 3},
                                       {128, 32, 32, 6},
                                       {256, 64, 64, 9},
                                       {512, 128, 128, 12},
                                       {256, 64, 64, 9},
                                       {128, 32, 32, 6},
                                       {64, 16, 16, 4},
                                       {32, 16, 8, 3}}};
    std::int64_t inputs = 64;
    for (std::size_t i = 0; i < stages.size(); ++i) {
      const auto [features, first, rest, blocks] = stages[i];
      for (std::int64_t block = 0; block < blocks; ++block) {
        const bool changes = block == 0 && i > 0, enlarges = changes && i > 3;
        const std::int64_t inner = block == 0 ? first : rest, side = changes ? 4 : 3;
        const std::string name =
            "conv" + std::to_string(i + 1) + "." + std::to_string(block + (i == 0 ? 1 : 0));
        network.norm(name + ".left.0", inputs);
        network.convolution(name + ".left.2", {inner, inputs, 1, 1});
        network.norm(name + ".left.3", inner);
        network.convolution(name + ".left.5", {inner, inner, side, side});
        network.norm(name + ".left.6", inner);
        network.convolution(name + ".left.8", {features, inner, 1, 1}, kGainOfBranch);
        if (changes) {
          network.convolution(name + ".shortcut",
                              enlarges ? std::vector<std::int64_t>{inputs, features, 4, 4}
                                       : std::vector<std::int64_t>{features, inputs, 4, 4});
        }
        inputs = features;
      }
    }
    network.convolution("conv8.3", {1, 32, 3, 3});
    return network;
  }();
  return kNetwork.weights();
}

/// Of the loss AESOP: an encoder, and a Compact as decoder.
inline FeatureStack::Weights example_autoencoder(int scale, int num_feat, int num_conv) {
  ExampleNetwork network;
  const auto chain = [&](const std::string& name, std::vector<std::int64_t> channels) {
    for (std::size_t i = 0; i + 1 < channels.size(); ++i) {
      network.biased_convolution(name + "." + std::to_string(i),
                                 {channels[i + 1], channels[i], 3, 3});
    }
  };
  const std::int64_t unfolded = 64 / (scale * scale);
  chain("conv_first", {3, unfolded, unfolded});
  chain("conv_last", {64, 64, 3});
  for (int i = 0; i < 30; ++i) {
    const std::int64_t k = i % 5;
    network.biased_convolution("body." + std::to_string(i / 15) + ".RDB" +
                                   std::to_string(i / 5 % 3 + 1) + ".conv" + std::to_string(k + 1) +
                                   ".0",
                               {k < 4 ? 32 : 64, 64 + 32 * k, 3, 3});
  }
  for (int i = 0; i <= num_conv; ++i) {
    const std::string name = "decoder.body.";
    network.biased_convolution(name + std::to_string(2 * i),
                               {num_feat, i == 0 ? 3 : num_feat, 3, 3});
    network.factors(name + std::to_string(2 * i + 1), num_feat);
  }
  network.biased_convolution("decoder.body." + std::to_string(2 * num_conv + 2),
                             {3 * scale * scale, num_feat, 3, 3});
  return network.weights();
}

}  // namespace sr::test
