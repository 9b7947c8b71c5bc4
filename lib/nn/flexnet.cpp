#include "nn/flexnet.h"

#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <torch/torch.h>

#include "nn/block_network.h"
#include "nn/dysample.h"
#include "nn/fold.h"
#include "nn/mish.h"
#include "nn/nearest.h"
#include "nn/window_attention.h"

namespace sr {
namespace {

using arch::FlexNetOptions;
using Pipeline = FlexNetOptions::Pipeline;
using Upsampler = FlexNetOptions::Upsampler;

constexpr std::size_t kGrids = FlexNetOptions::kMetaGrids;
constexpr std::int64_t kStep = 2;  ///< from one grid to the next
constexpr double kLeakySlope = 0.2;

/// Parts of a depthwise 5x5 kernel: `factors` [4] of the features themselves, `one` [C, 1, 1, 1],
/// `three` [C, 1, 3, 3] and `five` [C, 1, 5, 5].
struct Shift {
  at::Tensor factors, one, three, five;
};

at::Tensor merged(const Shift& shift) {
  const at::Tensor centre = shift.factors[0] + shift.factors[1] * shift.one;
  return at::constant_pad_nd(centre, {2, 2, 2, 2}) +
         at::constant_pad_nd(shift.factors[2] * shift.three, {1, 1, 1, 1}) +
         shift.factors[3] * shift.five;
}

class FlexNet final : public BlockNetwork {
 public:
  FlexNet(const FlexNetOptions& options, int scale, std::uint64_t seed);
  at::Tensor forward(const at::Tensor& lq) const override;
  int size_multiple() const override { return options_.multiple(); }
  /// The merged kernels, by which other programs compute images.
  NamedTensors derived_tensors(const std::vector<at::Tensor>& parameters) const override;

 private:
  struct Block {
    at::Tensor attended_factor, mixed_factor, norm1, norm2;
    Layer qkv, proj, local;
    Shift attended_shift, mixed_shift;
    Layer widen, gates, narrow;
    at::Tensor inner_norm;  ///< or undefined
    Parameters parameters;
  };
  /// Mish of two 3x3 convolutions, and a 1x1 beside them.
  struct Joint {
    Layer first, second, pointwise;
  };
  struct Group {
    std::vector<Block> blocks;
    Joint joint;
  };

  Joint add_joint(const std::string& name, int inputs, int outputs);
  Shift add_shift(const std::string& name, int width);
  Block add_block(const std::string& name, int width);
  Group add_group(const std::string& name, int width, int amount);
  void add_grids();
  void add_upsampler();

  static at::Tensor shifted(const Shift& shift, const at::Tensor& pixels);
  static at::Tensor attended(const Block& block, const at::Tensor& pixels);
  static at::Tensor mixed(const Block& block, const at::Tensor& pixels);
  static at::Tensor through(const Joint& joint, const at::Tensor& features);
  /// Features [N, C, H, W], as those of the following are.
  at::Tensor through(const Group& group, const at::Tensor& features) const;
  at::Tensor through_grids(const at::Tensor& features) const;
  at::Tensor upsampled(const at::Tensor& features) const;

  FlexNetOptions options_;
  Joint beside_;
  Layer first_;
  std::vector<Group> groups_;  ///< those of a U-Net from the finest to the coarsest and back
  std::array<Layer, kGrids - 1> steps_down_, steps_up_;
  std::vector<Layer> to_image_;  ///< in the order of their use, or
  std::unique_ptr<DySampler> sampler_;
  std::vector<std::size_t> shifts_;  ///< where the four parts of each begin in parameters()
};

FlexNet::FlexNet(const FlexNetOptions& options, int scale, std::uint64_t seed)
    : BlockNetwork({.features = options.dim,
                    .depths = options.num_blocks,
                    .computed_twice = options.use_checkpoint,
                    .linear = LinearStart::kDefault},
                   scale, seed),
      options_(options) {
  add_buffer("window_size", torch::tensor(options.window_size, at::kByte));
  if (options.upsampler == Upsampler::kNearestConv) {
    add_buffer("scale_factor", torch::tensor(scale, at::kByte));
  }
  beside_ = add_joint("short_cut", options.inp_channels, options.dim);
  first_ = add_conv("in_to_feat", options.inp_channels, options.dim, 3);
  if (options.pipeline_type == Pipeline::kMeta) {
    add_grids();
  } else {
    for (std::size_t i = 0; i < options.num_blocks.size(); ++i) {
      groups_.push_back(
          add_group(fmt::format("pipeline.att.{}.", i), options.dim, options.num_blocks[i]));
    }
  }
  add_upsampler();
}

FlexNet::Joint FlexNet::add_joint(const std::string& name, int inputs, int outputs) {
  Joint joint;
  joint.first = add_conv(name + ".block.0", inputs, outputs, 3);
  joint.second = add_conv(name + ".block.2", outputs, outputs, 3);
  joint.pointwise = add_conv(name + ".conv11", inputs, outputs, 1);
  return joint;
}

Shift FlexNet::add_shift(const std::string& name, int width) {
  shifts_.push_back(parameters().size());
  Shift shift;
  shift.factors = add_parameter(name + "alpha", torch::randn({4}, generator()));
  shift.one = add_conv(name + "conv1x1", {width, 1, 1, 1}, false).weight;
  shift.three = add_conv(name + "conv3x3", {width, 1, 3, 3}, false).weight;
  shift.five = add_conv(name + "conv5x5", {width, 1, 5, 5}, false).weight;
  derived_names_.push_back(name + "conv5x5_reparam.weight");
  return shift;
}

FlexNet::Block FlexNet::add_block(const std::string& name, int width) {
  const int inside = options_.hidden_rate * width;
  Block block;
  block.parameters.begin = parameters().size();
  block.attended_factor = add_parameter(name + "gamma1", torch::ones({width}));
  block.mixed_factor = add_parameter(name + "gamma2", torch::ones({width}));
  block.norm1 = add_parameter(name + "rn1.weight", torch::ones({width}));
  block.norm2 = add_parameter(name + "rn2.weight", torch::ones({width}));
  block.qkv = add_linear(name + "att.qkv", width, 3 * width);
  block.proj = add_linear(name + "att.proj", width, width);
  block.attended_shift = add_shift(name + "att.omni_shift.", width);
  block.local = add_conv(name + "att.get_v", {width, 1, 3, 3}, true);
  block.widen = add_linear(name + "ffn.key", width, inside, /*bias=*/false);
  block.mixed_shift = add_shift(name + "ffn.omni_shift.", width);
  if (options_.channel_norm) {
    block.inner_norm = add_parameter(name + "ffn.key_norm.weight", torch::ones({inside}));
  }
  block.gates = add_linear(name + "ffn.receptance", width, width, /*bias=*/false);
  block.narrow = add_linear(name + "ffn.value", inside, width, /*bias=*/false);
  block.parameters.end = parameters().size();
  return block;
}

FlexNet::Group FlexNet::add_group(const std::string& name, int width, int amount) {
  Group group;
  for (int i = 0; i < amount; ++i) {
    group.blocks.push_back(add_block(fmt::format("{}t_blocks.{}.", name, i), width));
  }
  group.joint = add_joint(name + "conv", 2 * width, width);
  return group;
}

void FlexNet::add_grids() {
  const auto width_of = [&](std::size_t grid) { return options_.dim << grid; };
  const auto step = [&](const std::string& name, int inputs, int outputs) {
    return add_conv("pipeline." + name + ".body.0", {outputs, inputs, 3, 3}, /*bias=*/false);
  };
  for (std::size_t grid = 0; grid < kGrids; ++grid) {
    groups_.push_back(add_group(fmt::format("pipeline.enc{}.0.", grid), width_of(grid),
                                options_.num_blocks[grid]));
  }
  for (std::size_t i = 0; i < kGrids - 1; ++i) {
    steps_down_[i] = step(fmt::format("down{}", i + 1), width_of(i), width_of(i) / 2);
  }
  for (std::size_t i = 0; i < kGrids - 1; ++i) {
    const int width = 2 * width_of(kGrids - 1 - i);
    steps_up_[i] = step(fmt::format("up{}", i + 1), width, width);
  }
  for (std::size_t i = 0; i < kGrids - 1; ++i) {
    const std::size_t grid = kGrids - 2 - i;
    groups_.push_back(
        add_group(fmt::format("pipeline.dec{}.0.", i), width_of(grid), options_.num_blocks[grid]));
  }
}

void FlexNet::add_upsampler() {
  const int wide = 2 * options_.dim;
  switch (options_.upsampler) {
    case Upsampler::kPixelShuffle:
      to_image_ = {add_conv("to_img.0", wide, options_.out_channels * scale_ * scale_, 3)};
      break;
    case Upsampler::kDySample:
      sampler_ = std::make_unique<DySampler>(
          DySampler::Settings{wide, options_.out_channels, scale_, /*groups=*/4}, generator());
      add_part("to_img.", *sampler_);
      break;
    case Upsampler::kNearestConv: {
      to_image_ = {add_conv("to_img.0", wide, options_.dim, 3)};
      int index = 0;
      const auto conv = [&](int outputs) {
        to_image_.push_back(add_conv(fmt::format("to_img.1.{}", index), options_.dim, outputs, 3));
      };
      const int factor = scale_ == 3 ? 3 : 2;
      for (int left = scale_; left > 1; left /= factor) {
        conv(options_.dim);
        index += 3;  // the convolution, the enlargement, the activation
      }
      conv(options_.dim);
      index += 2;
      conv(options_.out_channels);
      break;
    }
  }
}

NamedTensors FlexNet::derived_tensors(const std::vector<at::Tensor>& parameters) const {
  const at::NoGradGuard no_grad;
  NamedTensors tensors;
  for (std::size_t i = 0; i < shifts_.size(); ++i) {
    const std::size_t at = shifts_[i];
    const Shift shift{parameters[at], parameters[at + 1], parameters[at + 2], parameters[at + 3]};
    tensors.push_back({derived_names_[i], merged(shift).to(at::kCPU)});
  }
  return tensors;
}

/// RMSNorm (Zhang and Sennrich, 2019) over the last axis, in the weight's type.
at::Tensor normalized_by_squares(const at::Tensor& values, const at::Tensor& weight) {
  const at::Tensor exact = values.to(weight.scalar_type());
  const double epsilon = weight.scalar_type() == at::kDouble
                             ? std::numeric_limits<double>::epsilon()
                             : std::numeric_limits<float>::epsilon();
  return exact * (exact.square().mean(-1, /*keepdim=*/true) + epsilon).rsqrt() * weight;
}

at::Tensor FlexNet::shifted(const Shift& shift, const at::Tensor& pixels) {
  return convolved(pixels.permute({0, 3, 1, 2}), {merged(shift), {}}).permute({0, 2, 3, 1});
}

at::Tensor FlexNet::attended(const Block& block, const at::Tensor& pixels) {
  constexpr Window kWindow{FlexNetOptions::kWindow, FlexNetOptions::kWindow};
  const std::int64_t channels = pixels.size(3);
  const at::Tensor moved = shifted(block.attended_shift, pixels);
  const std::vector<at::Tensor> parts =
      at::linear(to_windows(moved, kWindow), block.qkv.weight, block.qkv.bias)
          .unsqueeze(1)
          .chunk(3, 3);
  const at::Tensor values =
      parts[2].reshape({-1, kWindow.height, kWindow.width, channels}).permute({0, 3, 1, 2});
  const at::Tensor local = convolved(values, block.local).permute({0, 2, 3, 1});
  const double scale = 1 / std::sqrt(static_cast<double>(channels));
  const at::Tensor seen = attend(parts[0] * scale, parts[1], parts[2], {}, {}).squeeze(1) +
                          local.reshape({-1, kWindow.area(), channels});
  return from_windows(at::linear(seen, block.proj.weight, block.proj.bias), kWindow,
                      pixels.sizes());
}

at::Tensor FlexNet::mixed(const Block& block, const at::Tensor& pixels) {
  const at::Tensor moved = shifted(block.mixed_shift, pixels);
  at::Tensor inside = at::linear(moved, block.widen.weight).relu().square();
  if (block.inner_norm.defined()) {
    inside = normalized_by_squares(inside, block.inner_norm);
  }
  return at::linear(moved, block.gates.weight).sigmoid() * at::linear(inside, block.narrow.weight);
}

at::Tensor FlexNet::through(const Joint& joint, const at::Tensor& features) {
  const at::Tensor inside = fast_mish(convolved(features, joint.first));
  return fast_mish(convolved(inside, joint.second)) + convolved(features, joint.pointwise);
}

at::Tensor FlexNet::through(const Group& group, const at::Tensor& features) const {
  const auto compute = [](const Block& block, const at::Tensor& input) {
    const at::Tensor middle =
        input + block.attended_factor * attended(block, normalized_by_squares(input, block.norm1));
    return middle + block.mixed_factor * mixed(block, normalized_by_squares(middle, block.norm2));
  };
  const at::Tensor pixels = computed_in_turn(group.blocks, features.permute({0, 2, 3, 1}), compute);
  return through(group.joint, at::cat({features, pixels.permute({0, 3, 1, 2})}, 1));
}

at::Tensor FlexNet::through_grids(const at::Tensor& features) const {
  at::Tensor inside = features;
  std::vector<at::Tensor> passed;
  for (std::size_t grid = 0; grid + 1 < kGrids; ++grid) {
    inside =
        at::pixel_unshuffle(convolved(through(groups_[grid], inside), steps_down_[grid]), kStep);
    passed.push_back(inside);
  }
  inside = through(groups_[kGrids - 1], inside);
  for (std::size_t i = 0; i + 1 < kGrids; ++i) {
    const at::Tensor both = at::cat({inside, passed.back()}, 1);
    passed.pop_back();
    inside = through(groups_[kGrids + i], at::pixel_shuffle(convolved(both, steps_up_[i]), kStep));
  }
  return inside;
}

at::Tensor FlexNet::upsampled(const at::Tensor& features) const {
  if (sampler_) {
    return (*sampler_)(features);
  }
  at::Tensor inside = convolved(features, to_image_.front());
  if (options_.upsampler == Upsampler::kPixelShuffle) {
    return at::pixel_shuffle(inside, scale_);
  }
  const auto leaky = [&](std::size_t layer) {
    at::Tensor output = convolved(inside, to_image_[layer]);
    return at::leaky_relu_(output, kLeakySlope);
  };
  const std::size_t last = to_image_.size() - 1;
  for (std::size_t layer = 1; layer + 1 < last; ++layer) {
    // The activation is the same in front of the enlargement, on fewer pixels.
    inside = enlarge_nearest(leaky(layer), scale_ == 3 ? 3 : kStep);
  }
  inside = leaky(last - 1);
  return convolved(inside, to_image_[last]);
}

at::Tensor FlexNet::forward(const at::Tensor& lq) const {
  const at::Tensor images = pad_to_multiple(lq, options_.multiple());
  at::Tensor features = convolved(images, first_);
  if (options_.pipeline_type == Pipeline::kMeta) {
    features = through_grids(features);
  } else {
    for (const Group& group : groups_) {
      features = through(group, features);
    }
  }
  return upsampled(at::cat({features, through(beside_, images)}, 1))
      .narrow(2, 0, lq.size(2) * scale_)
      .narrow(3, 0, lq.size(3) * scale_)
      .to(lq.scalar_type());
}

}  // namespace

std::unique_ptr<Network> make_network(const arch::FlexNetOptions& options, int scale,
                                      std::uint64_t seed) {
  return std::make_unique<FlexNet>(options, scale, seed);
}

}  // namespace sr
