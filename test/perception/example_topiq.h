#pragma once

#include <array>
#include <cmath>
#include <string>

#include "nn/resnet50.h"
#include "perception/example_network.h"
#include "perception/gated_local_pooling.h"

// The weights of scripts/golden/topiq.py.

namespace sr::test {

class ExampleTopiq {
 public:
  explicit ExampleTopiq(TopiqKind kind) {
    backbone();
    for (std::size_t level = 0; level < ResNet50::kChannels.size(); ++level) {
      const std::string number = std::to_string(level);
      const std::int64_t channels = ResNet50::kChannels[level];
      const bool full = kind == TopiqKind::kFullReference;
      pooling(full, "weight_pool." + number + ".", channels);
      layer("dim_reduce." + number + ".0", {kWidth, full ? 3 * channels : channels, 1, 1});
      attention("sa_attn_blks." + number + ".layers.0.", "self_attn", 2);
      if (level > 0) {
        attention("attn_blks." + std::to_string(level - 1) + ".layers.0.", "multihead_attn", 3);
      }
    }
    attention("attn_pool.", "self_attn", 2);
    for (const char* norm : {"score_linear.0", "score_linear.3"}) {
      vectors(norm, kWidth, {".weight", ".bias"});
    }
    layer("score_linear.1", {kWidth, kWidth});
    layer("score_linear.4", {kWidth, kWidth});
    layer("score_linear.6", {1, kWidth});
    weights_["h_emb"] = scattered("h_emb", {1, kWidth / 2, 32, 1});
    weights_["w_emb"] = scattered("w_emb", {1, kWidth / 2, 1, 32});
  }

  const FeatureStack::Weights& weights() const { return weights_; }

 private:
  static constexpr std::int64_t kWidth = 256;

  void matrix(const std::string& name, std::vector<std::int64_t> shape) {
    std::int64_t inputs = 1;
    for (std::size_t i = 1; i < shape.size(); ++i) {
      inputs *= shape[i];
    }
    weights_[name] = std::sqrt(24.0 / static_cast<double>(inputs)) * scattered(name, shape);
  }
  void vectors(const std::string& layer, std::int64_t size, std::initializer_list<const char*> of) {
    for (const std::string what : of) {
      const std::string name = layer + what;
      const at::Tensor values = scattered(name, {size});
      const bool is_factor = what == ".weight" || what == ".running_var";
      const bool is_small = what == ".weight" && layer.ends_with("bn3");
      weights_[name] = is_small ? 0.3 + 0.3 * values : is_factor ? 1 + values : 0.2 * values;
    }
  }
  void layer(const std::string& name, std::vector<std::int64_t> shape) {
    vectors(name, shape[0], {".bias"});
    matrix(name + ".weight", std::move(shape));
  }
  void normalised(const std::string& name, const std::string& norm,
                  const std::vector<std::int64_t>& shape) {
    matrix(name + ".weight", shape);
    vectors(norm, shape[0], {".weight", ".bias", ".running_mean", ".running_var"});
  }

  void backbone() {
    const std::string begin = "semantic_model.";
    normalised(begin + "conv1", begin + "bn1", {64, 3, 7, 7});
    constexpr std::array<int, 4> kBlocks{3, 4, 6, 3};
    std::int64_t inputs = 64;
    for (int stage = 0; stage < 4; ++stage) {
      const std::int64_t width = std::int64_t{64} << stage;
      for (int block = 0; block < kBlocks[static_cast<std::size_t>(stage)]; ++block) {
        const std::string name =
            begin + "layer" + std::to_string(stage + 1) + "." + std::to_string(block) + ".";
        normalised(name + "conv1", name + "bn1", {width, inputs, 1, 1});
        normalised(name + "conv2", name + "bn2", {width, width, 3, 3});
        normalised(name + "conv3", name + "bn3", {4 * width, width, 1, 1});
        if (block == 0) {
          normalised(name + "downsample.0", name + "downsample.1", {4 * width, inputs, 1, 1});
        }
        inputs = 4 * width;
      }
    }
  }

  void pooling(bool full, const std::string& name, std::int64_t channels) {
    if (!full) {
      layer(name + "splitconv", {2 * channels, channels, 1, 1});
    }
    const std::string gate = full ? name : name + "weight_blk.";
    layer(gate + "0", {64, channels, 1, 1});
    layer(gate + "2", {64, 64, 3, 3});
    layer(gate + "4", {1, 64, 3, 3});
  }

  void attention(const std::string& block, const std::string& name, int norms) {
    matrix(block + name + ".in_proj_weight", {3 * kWidth, kWidth});
    vectors(block + name, 3 * kWidth, {".in_proj_bias"});
    layer(block + name + ".out_proj", {kWidth, kWidth});
    layer(block + "linear1", {4 * kWidth, kWidth});
    layer(block + "linear2", {kWidth, 4 * kWidth});
    for (int norm = 1; norm <= norms; ++norm) {
      vectors(block + "norm" + std::to_string(norm), kWidth, {".weight", ".bias"});
    }
  }

  FeatureStack::Weights weights_;
};

/// Made once: there are 36 million numbers.
inline const FeatureStack::Weights& example_topiq(TopiqKind kind) {
  static const ExampleTopiq kFull(TopiqKind::kFullReference), kAlone(TopiqKind::kNoReference);
  return (kind == TopiqKind::kFullReference ? kFull : kAlone).weights();
}

}  // namespace sr::test
