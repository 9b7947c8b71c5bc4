#include "nn/rcan.h"

#include <string>
#include <vector>

#include <torch/torch.h>

#include "core/random.h"
#include "nn/convolved.h"
#include "nn/fold.h"
#include "nn/initialization.h"

namespace sr {
namespace {

using arch::RcanActivation;

constexpr double kLeakySlope = 0.2;

class Rcan final : public Network {
 public:
  Rcan(const arch::RcanOptions& options, int scale, std::uint64_t seed);
  at::Tensor forward(const at::Tensor& lq) const override;

 private:
  struct Block {
    Layer first, second;
    Layer squeeze, excite;  ///< the channel attention's 1x1 convolutions
  };
  struct Group {
    std::vector<Block> blocks;
    Layer last;
  };

  Layer add_conv(const std::string& name, std::int64_t inputs, std::int64_t outputs,
                 std::int64_t side);
  Layer add_colour_shift(const std::string& name, double factor);
  Block add_block(const std::string& name, const arch::RcanOptions& options);
  void add_upscaling(int features, int scale);
  at::Tensor activated(const at::Tensor& features) const;
  at::Tensor through_block(const at::Tensor& features, const Block& block) const;
  at::Tensor through_group(const at::Tensor& features, const Group& group) const;

  RcanActivation activation_;
  double range_;       ///< what input is multiplied by; 1 without colour shifts
  std::int64_t fold_;  ///< of the pixel unshuffle; 1 = none
  at::Generator generator_;
  Layer take_mean_, add_mean_;  ///< undefined without `norm`
  Layer head_, after_groups_, tail_;
  std::vector<Group> groups_;
  std::vector<Layer> upscale_;
};

Rcan::Rcan(const arch::RcanOptions& options, int scale, std::uint64_t seed)
    : Network(scale),
      activation_(options.act_mode),
      range_(options.norm ? options.rgb_range : 1),
      fold_(options.unshuffle_mod && scale <= 2 ? 4 / scale : 1),
      generator_(at::make_generator<at::CPUGeneratorImpl>(hash(seed, 0, Stream::kNetworkInit))) {
  const int features = options.n_feats;
  const int side = options.kernel_size;
  if (options.norm) {
    take_mean_ = add_colour_shift("sub_mean", -range_);
    add_mean_ = add_colour_shift("add_mean", range_);
  }
  head_ =
      add_conv(fold_ > 1 ? "head.1" : "head.0", options.n_colors * fold_ * fold_, features, side);
  for (int i = 0; i < options.n_resgroups; ++i) {
    const std::string name = "body." + std::to_string(i) + ".body.";
    Group group;
    for (int k = 0; k < options.n_resblocks; ++k) {
      group.blocks.push_back(add_block(name + std::to_string(k) + ".body.", options));
    }
    group.last = add_conv(name + std::to_string(options.n_resblocks), features, features, side);
    groups_.push_back(std::move(group));
  }
  after_groups_ = add_conv("body." + std::to_string(options.n_resgroups), features, features, side);
  add_upscaling(features, fold_ > 1 ? 4 : scale);
  tail_ = add_conv("tail.1", features, options.n_colors, side);
}

Layer Rcan::add_conv(const std::string& name, std::int64_t inputs, std::int64_t outputs,
                     std::int64_t side) {
  return add_layer(name, default_layer({outputs, inputs, side, side}, true, generator_));
}

Layer Rcan::add_colour_shift(const std::string& name, double factor) {
  return add_layer(name, colour_shift(div2k_mean_colour() * factor));
}

Rcan::Block Rcan::add_block(const std::string& name, const arch::RcanOptions& options) {
  const int features = options.n_feats;
  const int hidden = features / options.reduction;
  Block block;
  block.first = add_conv(name + "0", features, features, options.kernel_size);
  block.second = add_conv(name + "2", features, features, options.kernel_size);
  block.squeeze = add_conv(name + "3.conv_du.0", features, hidden, 1);
  block.excite = add_conv(name + "3.conv_du.2", hidden, features, 1);
  return block;
}

void Rcan::add_upscaling(int features, int scale) {
  const int factor = scale == 3 ? 3 : 2;
  for (int left = scale, index = 0; left > 1; left /= factor, index += 2) {
    upscale_.push_back(
        add_conv("tail.0." + std::to_string(index), features, features * factor * factor, 3));
  }
}

/// In place where a convolution's output may be overwritten: it does not need that for backward,
/// and the activation can do with its own.
at::Tensor Rcan::activated(const at::Tensor& features) const {
  at::Tensor own = features;
  switch (activation_) {
    case RcanActivation::kRelu:
      return at::relu_(own);
    case RcanActivation::kLeakyRelu:
      return at::leaky_relu_(own, kLeakySlope);
    case RcanActivation::kElu:
      return at::elu_(own);
    case RcanActivation::kSilu:
      return at::silu(own);
    case RcanActivation::kGelu:
      return at::gelu(own);
    case RcanActivation::kNone:
      break;
  }
  return own;
}

at::Tensor Rcan::through_block(const at::Tensor& features, const Block& block) const {
  const at::Tensor inside = convolved(activated(convolved(features, block.first)), block.second);
  at::Tensor hidden =
      convolved(inside.mean(at::IntArrayRef{2, 3}, /*keepdim=*/true), block.squeeze);
  const at::Tensor weights = convolved(at::relu_(hidden), block.excite).sigmoid_();
  return at::addcmul(features, inside, weights);
}

at::Tensor Rcan::through_group(const at::Tensor& features, const Group& group) const {
  at::Tensor inside = features;
  for (const Block& block : group.blocks) {
    inside = through_block(inside, block);
  }
  return convolved(inside, group.last).add_(features);
}

at::Tensor Rcan::forward(const at::Tensor& lq) const {
  at::Tensor images = pad_to_multiple(lq, fold_);
  if (take_mean_.weight.defined()) {
    images = convolved(images * range_, take_mean_);
  }
  const at::Tensor first =
      fold_ > 1 ? unshuffled_conv(images, head_, fold_) : convolved(images, head_);
  at::Tensor features = first;
  for (const Group& group : groups_) {
    features = through_group(features, group);
  }
  features = convolved(features, after_groups_).add_(first);
  for (const Layer& layer : upscale_) {
    const std::int64_t factor = layer.weight.size(0) == 9 * layer.weight.size(1) ? 3 : 2;
    features = at::pixel_shuffle(convolved(features, layer), factor);
  }
  at::Tensor output = convolved(features, tail_);
  if (add_mean_.weight.defined()) {
    output = convolved(output, add_mean_) / range_;
  }
  return output.narrow(2, 0, lq.size(2) * scale_)
      .narrow(3, 0, lq.size(3) * scale_)
      .to(lq.scalar_type());
}

}  // namespace

std::unique_ptr<Network> make_network(const arch::RcanOptions& options, int scale,
                                      std::uint64_t seed) {
  return std::make_unique<Rcan>(options, scale, seed);
}

}  // namespace sr
