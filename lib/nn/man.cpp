#include "nn/man.h"

#include <array>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "nn/conv_network.h"
#include "nn/convolved.h"
#include "nn/pixel_norm.h"

namespace sr {
namespace {

constexpr std::int64_t kParts = arch::ManOptions::kParts;

/// The kernels of a part of the features: of the first convolution and of the dilated one, dilated
/// by one less than half of it, rounded up.
struct Sides {
  std::int64_t near, far;
  std::int64_t dilation;
};
constexpr std::array<Sides, kParts> kSides{{{3, 5, 2}, {5, 7, 3}, {7, 9, 4}}};
constexpr Sides kTailSides{7, 9, 3};

class Man final : public ConvNetwork {
 public:
  Man(const arch::ManOptions& options, int scale, std::uint64_t seed);
  at::Tensor forward(const at::Tensor& lq) const override;

 private:
  struct LargeKernel {
    Layer near, far, mix;
    std::int64_t dilation = 1;
  };
  struct Block {
    at::Tensor attention_factor;
    Layer attention_norm;
    std::array<LargeKernel, kParts> attentions;
    std::array<Layer, kParts> gates;
    Layer attention_widen, attention_narrow;
    at::Tensor local_factor;
    Layer local_widen, local_gate, local_narrow, local_norm;
  };
  struct Group {
    std::vector<Block> blocks;
    Layer widen;
    LargeKernel attention;
    Layer narrow;
  };

  at::Tensor add_factor(const std::string& name) {
    return add_parameter(name, torch::zeros({1, features_, 1, 1}));
  }
  Layer add_pointwise(const std::string& name, std::int64_t outputs) {
    return add_conv(name, {outputs, features_, 1, 1});
  }
  LargeKernel add_large(const std::string& name, std::int64_t features, const Sides& sides);
  void add_attention(const std::string& name, Block& block);
  Block add_block(const std::string& name);
  Group add_group(const std::string& name, int blocks);

  static at::Tensor through(const LargeKernel& part, const at::Tensor& features);
  static at::Tensor attended(const Block& block, const at::Tensor& features);
  static at::Tensor gated(const Block& block, const at::Tensor& features);

  std::int64_t features_;
  Layer minus_mean_, first_;
  std::vector<Group> groups_;
  Layer behind_groups_;  ///< undefined with one group
  Layer last_, plus_mean_;
};

Man::Man(const arch::ManOptions& options, int scale, std::uint64_t seed)
    : ConvNetwork(scale, seed), features_(options.n_feats) {
  minus_mean_ = add_mean_colour("sub_mean", -1);
  first_ = add_conv("head", {features_, options.n_colors, 3, 3});
  for (int i = 0; i < options.n_resgroups; ++i) {
    groups_.push_back(add_group("body." + std::to_string(i) + ".", options.n_resblocks));
  }
  if (options.n_resgroups > 1) {
    behind_groups_ = add_conv("body_t", {features_, features_, 3, 3});
  }
  last_ = add_conv("tail.0", {std::int64_t{options.n_colors} * scale * scale, features_, 3, 3});
  plus_mean_ = add_mean_colour("add_mean", 1);
}

Man::LargeKernel Man::add_large(const std::string& name, std::int64_t features,
                                const Sides& sides) {
  LargeKernel part;
  part.near = add_conv(name + ".0", {features, 1, sides.near, sides.near});
  part.far = add_conv(name + ".1", {features, 1, sides.far, sides.far});
  part.mix = add_conv(name + ".2", {features, features, 1, 1});
  part.dilation = sides.dilation;
  return part;
}

void Man::add_attention(const std::string& name, Block& block) {
  const std::int64_t part = features_ / kParts;
  block.attention_factor = add_factor(name + "scale");
  block.attention_norm = add_norm(name + "norm", features_);
  for (std::size_t i = kParts; i-- > 0;) {
    const std::string side = std::to_string(kSides[i].near);
    block.attentions[i] = add_large(name + "LKA" + side, part, kSides[i]);
  }
  for (std::size_t i = 0; i < kParts; ++i) {
    const std::int64_t side = kSides[i].near;
    block.gates[i] = add_conv(name + "X" + std::to_string(side), {part, 1, side, side});
  }
  block.attention_widen = add_pointwise(name + "proj_first.0", 2 * features_);
  block.attention_narrow = add_pointwise(name + "proj_last.0", features_);
}

Man::Block Man::add_block(const std::string& name) {
  constexpr std::int64_t kGate = 7;
  Block block;
  add_attention(name + "LKA.", block);
  block.local_factor = add_factor(name + "LFE.scale");
  block.local_widen = add_pointwise(name + "LFE.Conv1", 2 * features_);
  block.local_gate = add_conv(name + "LFE.DWConv1", {features_, 1, kGate, kGate});
  block.local_narrow = add_pointwise(name + "LFE.Conv2", features_);
  block.local_norm = add_norm(name + "LFE.norm", features_);
  return block;
}

Man::Group Man::add_group(const std::string& name, int blocks) {
  Group group;
  for (int i = 0; i < blocks; ++i) {
    group.blocks.push_back(add_block(name + "body." + std::to_string(i) + "."));
  }
  group.widen = add_pointwise(name + "body_t.conv0.0", features_);
  group.attention = add_large(name + "body_t.att", features_, kTailSides);
  group.narrow = add_pointwise(name + "body_t.conv1", features_);
  return group;
}

at::Tensor Man::through(const LargeKernel& part, const at::Tensor& features) {
  return convolved(convolved(convolved(features, part.near), part.far, part.dilation), part.mix);
}

at::Tensor Man::attended(const Block& block, const at::Tensor& features) {
  const at::Tensor wide =
      convolved(layer_norm_of_pixels(features, block.attention_norm), block.attention_widen);
  const std::int64_t channels = features.size(1);
  const std::int64_t part = channels / kParts;
  std::vector<at::Tensor> attentions;
  for (std::size_t i = 0; i < kParts; ++i) {
    const at::Tensor seen = wide.narrow(1, static_cast<std::int64_t>(i) * part, part);
    attentions.push_back(through(block.attentions[i], seen) * convolved(seen, block.gates[i]));
  }
  const at::Tensor product = wide.narrow(1, channels, channels) * at::cat(attentions, 1);
  return convolved(product, block.attention_narrow) * block.attention_factor + features;
}

at::Tensor Man::gated(const Block& block, const at::Tensor& features) {
  const at::Tensor wide =
      convolved(layer_norm_of_pixels(features, block.local_norm), block.local_widen);
  const std::int64_t channels = features.size(1);
  const at::Tensor product =
      wide.narrow(1, channels, channels) * convolved(wide.narrow(1, 0, channels), block.local_gate);
  return convolved(product, block.local_narrow) * block.local_factor + features;
}

at::Tensor Man::forward(const at::Tensor& lq) const {
  const at::Tensor first = convolved(convolved(lq, minus_mean_), first_);
  at::Tensor features = first;
  for (const Group& group : groups_) {
    at::Tensor inside = features;
    for (const Block& block : group.blocks) {
      inside = gated(block, attended(block, inside));
    }
    inside = at::gelu(convolved(inside, group.widen));
    features = convolved(inside * through(group.attention, inside), group.narrow) + features;
  }
  if (behind_groups_.weight.defined()) {
    features = convolved(features, behind_groups_) + first;
  }
  const at::Tensor output = at::pixel_shuffle(convolved(features, last_), scale_);
  return convolved(output, plus_mean_).to(lq.scalar_type());
}

}  // namespace

std::unique_ptr<Network> make_network(const arch::ManOptions& options, int scale,
                                      std::uint64_t seed) {
  return std::make_unique<Man>(options, scale, seed);
}

}  // namespace sr
