#include "nn/dis.h"

#include <string>
#include <vector>

#include <torch/torch.h>

#include "core/random.h"
#include "nn/bilinear.h"
#include "nn/initialization.h"
#include "nn/prelu.h"

namespace sr {
namespace {

constexpr double kPreluInit = 0.25;

class Dis final : public Network {
 public:
  Dis(const arch::DisOptions& options, int scale, std::uint64_t seed);
  at::Tensor forward(const at::Tensor& lq) const override;

 private:
  struct Block {
    Layer first;   ///< 3x3, or depthwise
    Layer second;  ///< 3x3, or 1x1
    at::Tensor slope;
  };
  struct Step {
    int factor;
    Layer conv;
    at::Tensor slope;
  };

  Layer add_conv(const std::string& name, at::IntArrayRef shape, bool with_bias = true);
  at::Tensor add_slope(const std::string& name);
  Block add_block(const std::string& name, bool is_depthwise);
  void add_step(const std::string& name, int factor);
  at::Tensor through_block(const at::Tensor& features, const Block& block) const;
  at::Tensor upsampled(const at::Tensor& features) const;

  std::int64_t features_;
  bool is_depthwise_;
  at::Generator generator_;
  Layer head_;
  at::Tensor head_slope_;
  std::vector<Block> blocks_;
  Layer fusion_;
  std::vector<Step> steps_;
  Layer tail_;
};

Dis::Dis(const arch::DisOptions& options, int scale, std::uint64_t seed)
    : Network(scale),
      features_(options.num_features),
      is_depthwise_(options.use_depthwise),
      generator_(at::make_generator<at::CPUGeneratorImpl>(hash(seed, 0, Stream::kNetworkInit))) {
  head_ = add_conv("head", {features_, options.in_channels, 3, 3});
  head_slope_ = add_slope("head_act");
  for (int i = 0; i < options.num_blocks; ++i) {
    blocks_.push_back(add_block("body." + std::to_string(i) + ".", options.use_depthwise));
  }
  fusion_ = add_conv("fusion", {features_, features_, 3, 3});
  if (scale == 4) {
    add_step("upsampler.0.", 2);
    add_step("upsampler.1.", 2);
  } else if (scale > 1) {
    add_step("upsampler.", scale);
  }
  tail_ = add_conv("tail", {options.out_channels, features_, 3, 3});
}

Layer Dis::add_conv(const std::string& name, at::IntArrayRef shape, bool with_bias) {
  return add_layer(name, default_layer(shape, with_bias, generator_));
}

at::Tensor Dis::add_slope(const std::string& name) {
  return add_parameter(name + ".weight", torch::full({features_}, kPreluInit));
}

Dis::Block Dis::add_block(const std::string& name, bool is_depthwise) {
  Block block;
  if (is_depthwise) {
    block.first = add_conv(name + "dw_conv.depthwise", {features_, 1, 3, 3}, false);
    block.second = add_conv(name + "dw_conv.pointwise", {features_, features_, 1, 1}, false);
  } else {
    block.first = add_conv(name + "conv1", {features_, features_, 3, 3}, false);
    block.second = add_conv(name + "conv2", {features_, features_, 3, 3}, false);
  }
  block.slope = add_slope(name + "act");
  return block;
}

void Dis::add_step(const std::string& name, int factor) {
  Step step;
  step.factor = factor;
  step.conv = add_conv(name + "conv", {features_ * factor * factor, features_, 3, 3});
  step.slope = add_slope(name + "act");
  steps_.push_back(std::move(step));
}

at::Tensor conv3x3(const at::Tensor& features, const Layer& layer, std::int64_t groups = 1) {
  return at::conv2d(features, layer.weight, layer.bias, /*stride=*/1, /*padding=*/1,
                    /*dilation=*/1, groups);
}

at::Tensor activated(const at::Tensor& features, const at::Tensor& slope) {
  return at::prelu(features, slope.to(features.scalar_type()));
}

at::Tensor Dis::through_block(const at::Tensor& features, const Block& block) const {
  if (is_depthwise_) {
    const at::Tensor inside =
        at::conv2d(conv3x3(features, block.first, features_), block.second.weight);
    return activated(inside, block.slope) + features;
  }
  const at::Tensor inside = conv3x3(features, block.first);
  return prelu_conv3x3(inside, block.slope, block.second.weight, {}).add_(features);
}

/// Each step's PReLU is taken with the convolution behind it.
at::Tensor Dis::upsampled(const at::Tensor& features) const {
  if (steps_.empty()) {
    return conv3x3(features, tail_);
  }
  at::Tensor next = conv3x3(features, steps_.front().conv);
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const Layer& behind = i + 1 < steps_.size() ? steps_[i + 1].conv : tail_;
    next = prelu_conv3x3(at::pixel_shuffle(next, steps_[i].factor), steps_[i].slope, behind.weight,
                         behind.bias);
  }
  return next;
}

at::Tensor Dis::forward(const at::Tensor& lq) const {
  const at::Tensor first = activated(conv3x3(lq, head_), head_slope_);
  at::Tensor features = first;
  for (const Block& block : blocks_) {
    features = through_block(features, block);
  }
  features = conv3x3(features, fusion_).add_(first);
  const at::Tensor base =
      scale_ > 1 ? resize_bilinear(lq, lq.size(2) * scale_, lq.size(3) * scale_) : lq;
  return upsampled(features) + base;
}

}  // namespace

std::unique_ptr<Network> make_network(const arch::DisOptions& options, int scale,
                                      std::uint64_t seed) {
  return std::make_unique<Dis>(options, scale, seed);
}

}  // namespace sr
