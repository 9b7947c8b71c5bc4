#include "nn/seemore.h"

#include <algorithm>
#include <array>
#include <string>
#include <tuple>
#include <vector>

#include <torch/torch.h>

#include "nn/bilinear.h"
#include "nn/conv_network.h"
#include "nn/convolved.h"
#include "nn/pixel_norm.h"
#include "nn/plain_operators.h"

namespace sr {
namespace {

using arch::SeemoreOptions;

constexpr std::int64_t kShrink = 4;

class Seemore final : public ConvNetwork {
 public:
  Seemore(const SeemoreOptions& options, int scale, std::uint64_t seed);
  at::Tensor forward(const at::Tensor& lq) const override;

 private:
  struct Striped {
    Layer row, column;
  };
  /// Values through a gate of themselves.
  struct GatedUnit {
    Layer widen, mix, gate;
  };
  struct Experts {
    std::vector<Layer> in, steering, out;
    at::Tensor router;  ///< [experts, features]
  };
  struct LocalBlock {
    Layer norm, first, widen, shrink, depthwise, pointwise;
    Striped striped;
    Experts experts;
    Layer out, unit_norm;
    GatedUnit unit;
  };
  struct GlobalBlock {
    Layer norm, out, widen;
    Striped striped;
    Layer unit_norm;
    GatedUnit unit;
  };

  Layer add_square(const std::string& name, std::int64_t side) {
    return add_conv(name, {features_, features_, side, side});
  }
  Layer add_pointwise(const std::string& name, std::int64_t outputs) {
    return add_conv(name, {outputs, features_, 1, 1});
  }
  Layer add_depthwise(const std::string& name, std::int64_t height, std::int64_t width) {
    return add_conv(name, {features_, 1, height, width});
  }
  Striped add_striped(const std::string& name, std::int64_t side);
  GatedUnit add_unit(const std::string& name);
  Experts add_experts(const std::string& name);
  LocalBlock add_local(const std::string& name);
  GlobalBlock add_global(const std::string& name);

  static at::Tensor through(const Striped& striped, const at::Tensor& features) {
    return convolved(convolved(features, striped.row), striped.column);
  }
  static at::Tensor through(const GatedUnit& unit, const at::Tensor& features);
  at::Tensor shares(const Experts& experts, const at::Tensor& features) const;
  at::Tensor through(const Experts& experts, const at::Tensor& features,
                     const at::Tensor& steering) const;
  at::Tensor surveyed(const LocalBlock& block, const at::Tensor& features) const;
  at::Tensor through(const LocalBlock& block, const at::Tensor& features) const;
  static at::Tensor through(const GlobalBlock& block, const at::Tensor& features);

  SeemoreOptions options_;
  std::int64_t features_;
  at::Tensor mean_colour_;  ///< a constant
  Layer first_;
  std::vector<LocalBlock> local_;
  std::vector<GlobalBlock> global_;
  Layer norm_, behind_blocks_, last_;
};

Seemore::Seemore(const SeemoreOptions& options, int scale, std::uint64_t seed)
    : ConvNetwork(scale, seed), options_(options), features_(options.embedding_dim) {
  mean_colour_ = add_constant(div2k_mean_colour().view({1, 3, 1, 1}));
  first_ = add_conv("conv_1", {features_, options.in_chans, 3, 3});
  for (int i = 0; i < options.num_layers; ++i) {
    const std::string name = "body." + std::to_string(i) + ".";
    local_.push_back(add_local(name + "local_block."));
    global_.push_back(add_global(name + "global_block."));
  }
  norm_ = add_norm("norm", features_);
  behind_blocks_ = add_square("conv_2", 3);
  last_ =
      add_conv("upsampler.0", {std::int64_t{options.in_chans} * scale * scale, features_, 3, 3});
}

Seemore::Striped Seemore::add_striped(const std::string& name, std::int64_t side) {
  Striped striped;
  striped.row = add_depthwise(name + ".conv.0", 1, side);
  striped.column = add_depthwise(name + ".conv.1", side, 1);
  return striped;
}

Seemore::GatedUnit Seemore::add_unit(const std::string& name) {
  GatedUnit unit;
  unit.widen = add_pointwise(name + "fn_1.0", 2 * features_);
  unit.mix = add_pointwise(name + "fn_2.0", features_);
  unit.gate = add_depthwise(name + "gate", 3, 3);
  return unit;
}

Seemore::Experts Seemore::add_experts(const std::string& name) {
  Experts experts;
  for (int i = 0; i < options_.num_experts; ++i) {
    const std::string expert = name + "experts." + std::to_string(i) + ".conv_";
    const int rank = options_.rank(i);
    experts.in.push_back(add_pointwise(expert + "1", rank));
    experts.steering.push_back(add_pointwise(expert + "2", rank));
    experts.out.push_back(add_conv(expert + "3", {features_, rank, 1, 1}));
  }
  experts.router =
      add_conv(name + "gate.body.2", {options_.num_experts, features_}, /*bias=*/false).weight;
  return experts;
}

Seemore::LocalBlock Seemore::add_local(const std::string& name) {
  const std::string own = name + "block.";
  LocalBlock block;
  block.norm = add_norm(name + "norm_1", features_);
  block.first = add_square(own + "conv_1.0", 3);
  block.widen = add_pointwise(own + "conv_1.2", 2 * features_);
  block.shrink = add_depthwise(own + "agg_conv.0", kShrink, kShrink);
  block.depthwise = add_depthwise(own + "conv.0", 3, 3);
  block.pointwise = add_pointwise(own + "conv.1", features_);
  block.striped = add_striped(own + "conv_2.0", 3);
  block.experts = add_experts(own + "moe_layer.");
  block.out = add_pointwise(own + "proj", features_);
  block.unit_norm = add_norm(name + "norm_2", features_);
  block.unit = add_unit(name + "ffn.");
  return block;
}

Seemore::GlobalBlock Seemore::add_global(const std::string& name) {
  const std::string own = name + "block.";
  GlobalBlock block;
  block.norm = add_norm(name + "norm_1", features_);
  block.out = add_pointwise(own + "proj", features_);
  block.widen = add_pointwise(own + "to_qv.0", 2 * features_);
  block.striped = add_striped(own + "attn", options_.global_kernel_size);
  block.unit_norm = add_norm(name + "norm_2", features_);
  block.unit = add_unit(name + "ffn.");
  return block;
}

at::Tensor Seemore::through(const GatedUnit& unit, const at::Tensor& features) {
  const std::vector<at::Tensor> halves = at::gelu(convolved(features, unit.widen)).chunk(2, 1);
  return at::gelu(convolved(halves[0] * convolved(halves[1], unit.gate), unit.mix));
}

/// softmax of the router's numbers, of which all but the largest are 0: [N, experts].
at::Tensor Seemore::shares(const Experts& experts, const at::Tensor& features) const {
  const at::Tensor mean = features.mean(at::IntArrayRef{2, 3});
  const at::Tensor weights =
      at::softmax(at::linear(mean, experts.router).to(experts.router.scalar_type()), 1);
  if (options_.topk >= options_.num_experts) {
    return weights;
  }
  if (plain_operators() && options_.topk == 1) {
    return weights * weights.eq(weights.amax(1, /*keepdim=*/true)).to(weights.scalar_type());
  }
  const at::Tensor places = std::get<1>(at::topk(weights.detach(), options_.topk, 1));
  const at::Tensor numbers = at::arange(options_.num_experts, places.options());
  return weights * places.unsqueeze(2).eq(numbers).any(1).to(weights.scalar_type());
}

/// All experts at once: their 1x1 convolutions side by side.
at::Tensor Seemore::through(const Experts& experts, const at::Tensor& features,
                            const at::Tensor& steering) const {
  const auto joined = [](const std::vector<Layer>& layers, std::int64_t axis) {
    std::vector<at::Tensor> weights;
    std::vector<at::Tensor> biases;
    for (const Layer& layer : layers) {
      weights.push_back(layer.weight);
      biases.push_back(layer.bias);
    }
    return Layer{at::cat(weights, axis), axis == 0 ? at::cat(biases) : at::stack(biases)};
  };
  const at::Tensor weights = shares(experts, features);
  std::vector<at::Tensor> factors;
  for (int i = 0; i < options_.num_experts; ++i) {
    factors.push_back(weights.narrow(1, i, 1).expand({-1, options_.rank(i)}));
  }
  const at::Tensor inside =
      convolved(features, joined(experts.in, 0)) * convolved(steering, joined(experts.steering, 0));
  const Layer out = joined(experts.out, 1);
  const auto of_pixels = [&](const at::Tensor& numbers) {
    return numbers.unsqueeze(2).unsqueeze(3).to(features.scalar_type());
  };
  return features + convolved(inside * of_pixels(at::cat(factors, 1)), {out.weight, {}}) +
         of_pixels(at::matmul(weights, out.bias));
}

at::Tensor Seemore::surveyed(const LocalBlock& block, const at::Tensor& features) const {
  at::Tensor coarse = features;
  for (int i = 0; i < options_.recursive; ++i) {
    const std::array<std::int64_t, 2> missing{std::max<std::int64_t>(kShrink - coarse.size(2), 0),
                                              std::max<std::int64_t>(kShrink - coarse.size(3), 0)};
    if (missing[0] + missing[1] > 0) {
      coarse = at::replication_pad2d(coarse, {0, missing[1], 0, missing[0]});
    }
    coarse = at::gelu(at::conv2d(coarse, block.shrink.weight, block.shrink.bias, kShrink,
                                 at::IntArrayRef{0, 0}, /*dilation=*/1, features_));
  }
  coarse = convolved(convolved(coarse, block.depthwise), block.pointwise);
  return features + resize_bilinear(coarse, features.size(2), features.size(3));
}

at::Tensor Seemore::through(const LocalBlock& block, const at::Tensor& features) const {
  const at::Tensor normal = layer_norm_of_pixels(features, block.norm);
  at::Tensor wide = convolved(at::gelu(convolved(normal, block.first)), block.widen);
  if (options_.use_shuffle) {
    const std::vector<std::int64_t> sizes = wide.sizes().vec();
    wide =
        wide.reshape({sizes[0], 2, features_, sizes[2], sizes[3]}).transpose(1, 2).reshape(sizes);
  }
  const at::Tensor seen = at::gelu(through(block.striped, wide.narrow(1, 0, features_)));
  const at::Tensor steering = surveyed(block, wide.narrow(1, features_, features_));
  const at::Tensor local = convolved(through(block.experts, seen, steering), block.out) + features;
  return through(block.unit, layer_norm_of_pixels(local, block.unit_norm)) + local;
}

at::Tensor Seemore::through(const GlobalBlock& block, const at::Tensor& features) {
  const at::Tensor normal = layer_norm_of_pixels(features, block.norm);
  const std::vector<at::Tensor> halves = at::gelu(convolved(normal, block.widen)).chunk(2, 1);
  const at::Tensor global =
      convolved(through(block.striped, halves[0]) * halves[1], block.out) + features;
  return through(block.unit, layer_norm_of_pixels(global, block.unit_norm)) + global;
}

at::Tensor Seemore::forward(const at::Tensor& lq) const {
  const at::Tensor first = convolved((lq - mean_colour_) * options_.img_range, first_);
  at::Tensor features = first;
  for (std::size_t i = 0; i < local_.size(); ++i) {
    features = through(global_[i], through(local_[i], features));
  }
  features = convolved(layer_norm_of_pixels(features, norm_), behind_blocks_) + first;
  const at::Tensor output = at::pixel_shuffle(convolved(features, last_), scale_);
  return (output / options_.img_range + mean_colour_).to(lq.scalar_type());
}

}  // namespace

std::unique_ptr<Network> make_network(const arch::SeemoreOptions& options, int scale,
                                      std::uint64_t seed) {
  return std::make_unique<Seemore>(options, scale, seed);
}

}  // namespace sr
