#include "nn/rgt.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "nn/fold.h"
#include "nn/split_window_network.h"

namespace sr {
namespace {

constexpr double kFirstSkip = 1e-4;
constexpr std::int64_t kStride = 4;  ///< of what shrinks the image
constexpr int kLeastInForward = 2;   ///< times

/// How often `side` can be divided by kStride.
int divisions(std::int64_t side) {
  int times = 0;
  for (; side >= kStride; side /= kStride) {
    ++times;
  }
  return times;
}

/// How often an image is shrunk.
int shrinkings(std::int64_t longer_side, bool training) {
  return training ? divisions(longer_side / kStride)
                  : std::max(kLeastInForward, divisions(longer_side / (kStride * kStride)));
}

class Rgt final : public SplitWindowNetwork {
 public:
  Rgt(const arch::RgtOptions& options, int scale, std::uint64_t seed);

  at::Tensor forward(const at::Tensor& lq) const override { return run(lq, {}, false); }
  at::Tensor training_forward(const at::Tensor& lq, const at::Tensor& kept) const override {
    return run(lq, kept, true);
  }

 private:
  struct InWindows {
    Layer qkv, proj, local;  ///< local: a depthwise convolution of the values
    SplitWindows::Attention split;
  };
  struct OfWholeImage {
    Layer shrink, local, narrow, norm, q, k, v, position, proj;
    std::int64_t heads = 1;
  };
  struct TransformerBlock {
    at::Tensor skip;  ///< factors of the block's input in its output
    Layer norm1, norm2;
    std::optional<InWindows> in_windows;  ///< or
    std::optional<OfWholeImage> of_whole_image;
    FeedForward feed_forward;
    std::size_t branch = 0;  ///< of the attention; the feed-forward part's is the next
    Parameters parameters;
  };
  using Group = ResidualGroup<TransformerBlock>;
  struct BlockPass : Pass {
    int shrinkings = 0;
  };

  Layer add_depthwise(const std::string& name, int side);
  InWindows add_in_windows(const std::string& name, int heads, bool shifted);
  OfWholeImage add_of_whole_image(const std::string& name, int heads);
  TransformerBlock add_block(const std::string& name, int group, int index, double drop_rate);

  using SplitWindowNetwork::through;
  at::Tensor through(const InWindows& attention, const at::Tensor& pixels,
                     const BlockPass& pass) const;
  at::Tensor through(const OfWholeImage& attention, const at::Tensor& pixels,
                     const BlockPass& pass) const;
  at::Tensor through(const TransformerBlock& block, const at::Tensor& pixels,
                     const BlockPass& pass) const;
  at::Tensor run(const at::Tensor& lq, const at::Tensor& kept, bool training) const;

  arch::RgtOptions options_;
  std::vector<Group> groups_;
};

Rgt::Rgt(const arch::RgtOptions& options, int scale, std::uint64_t seed)
    : SplitWindowNetwork(
          options, {.mask_side = arch::RgtOptions::kMaskSide, .linear = LinearStart::kDefault},
          scale, seed),
      options_(options) {
  add_head();
  for (std::size_t i = 0; i < options.depth.size(); ++i) {
    const auto add = [&](const std::string& name, int index, double drop_rate) {
      return add_block(name, static_cast<int>(i), index, drop_rate);
    };
    groups_.push_back(add_group<Group>(i, ".blocks.", add));
  }
  add_tail();
}

Layer Rgt::add_depthwise(const std::string& name, int side) {
  return add_conv(name, {features(), 1, side, side});
}

Rgt::InWindows Rgt::add_in_windows(const std::string& name, int heads, bool shifted) {
  const int width = options_.embed_dim;
  InWindows attention;
  attention.qkv = add_linear(name + ".qkv", width, 3 * width, options_.qkv_bias);
  attention.proj = add_linear(name + ".proj", width, width);
  attention.split = add_windows(name, heads, shifted);
  attention.local = add_depthwise(name + ".get_v", 3);
  return attention;
}

Rgt::OfWholeImage Rgt::add_of_whole_image(const std::string& name, int heads) {
  const int width = options_.embed_dim;
  const int compared = options_.compared();
  OfWholeImage attention;
  attention.heads = heads;
  attention.shrink = add_depthwise(name + ".reduction1", static_cast<int>(kStride));
  attention.local = add_depthwise(name + ".dwconv", 3);
  attention.narrow = add_conv(name + ".conv", width, compared, 1);
  attention.norm = add_norm(name + ".norm_act.0", compared);
  attention.q = add_linear(name + ".q", width, compared, options_.qkv_bias);
  attention.k = add_linear(name + ".k", compared, compared, options_.qkv_bias);
  attention.v = add_linear(name + ".v", compared, width, options_.qkv_bias);
  attention.position = add_depthwise(name + ".cpe", 3);
  attention.proj = add_linear(name + ".proj", width, width);
  return attention;
}

/// Even blocks see windows, odd ones the whole image.
Rgt::TransformerBlock Rgt::add_block(const std::string& name, int group, int index,
                                     double drop_rate) {
  const int width = options_.embed_dim;
  const int heads = options_.num_heads[static_cast<std::size_t>(group)];
  TransformerBlock block;
  block.parameters.begin = parameters().size();
  block.skip = add_parameter(name + ".gamma", torch::full({width}, kFirstSkip));
  block.norm1 = add_norm(name + ".norm1", width);
  if (index % 2 == 0) {
    block.in_windows = add_in_windows(name + ".attn", heads, is_shifted(group, index));
  } else {
    block.of_whole_image = add_of_whole_image(name + ".attn", heads);
  }
  block.feed_forward =
      add_feed_forward(name + ".mlp", static_cast<int>(width * options_.mlp_ratio));
  block.norm2 = add_norm(name + ".norm2", width);
  block.parameters.end = parameters().size();
  block.branch = add_branch(drop_rate);
  add_branch(drop_rate);
  return block;
}

at::Tensor Rgt::through(const InWindows& attention, const at::Tensor& pixels,
                        const BlockPass& pass) const {
  const at::Tensor qkv = at::linear(pixels, attention.qkv.weight, attention.qkv.bias);
  const at::Tensor values = features_of(qkv.narrow(3, 2 * features(), features()));
  const at::Tensor joined =
      windows()(attention.split, qkv, pass.masks) + pixels_of(convolved(values, attention.local));
  return at::linear(joined, attention.proj.weight, attention.proj.bias);
}

at::Tensor Rgt::through(const OfWholeImage& attention, const at::Tensor& pixels,
                        const BlockPass& pass) const {
  at::Tensor small = features_of(pixels);
  for (int i = 0; i < pass.shrinkings; ++i) {
    small = at::conv2d(small, attention.shrink.weight, attention.shrink.bias,
                       at::IntArrayRef{kStride, kStride}, /*padding=*/at::IntArrayRef{0, 0},
                       /*dilation=*/at::IntArrayRef{1, 1}, features());
  }
  small = convolved(convolved(small, attention.local), attention.narrow);
  const at::Tensor seen = at::gelu(normalized(pixels_of(small), attention.norm));
  const auto in_heads = [&](const at::Tensor& values) {
    const std::int64_t head = values.size(3) / attention.heads;
    return values.reshape({values.size(0), -1, attention.heads, head}).transpose(1, 2);
  };
  const at::Tensor queries = at::linear(pixels, attention.q.weight, attention.q.bias);
  const at::Tensor keys = at::linear(seen, attention.k.weight, attention.k.bias);
  at::Tensor values = at::linear(seen, attention.v.weight, attention.v.bias);
  values = values + pixels_of(convolved(features_of(values), attention.position));
  const double head = static_cast<double>(features() / attention.heads) * options_.c_ratio;
  const double scale = options_.qk_scale > 0 ? options_.qk_scale : 1 / std::sqrt(head);
  const at::Tensor joined =
      attend(in_heads(queries) * scale, in_heads(keys), in_heads(values), {}, {})
          .transpose(1, 2)
          .reshape(pixels.sizes());
  return at::linear(joined, attention.proj.weight, attention.proj.bias);
}

at::Tensor Rgt::through(const TransformerBlock& block, const at::Tensor& pixels,
                        const BlockPass& pass) const {
  const auto both_halves = [this, &block, pass](const at::Tensor& input) {
    const at::Tensor normal = normalized(input, block.norm1);
    const at::Tensor attended = block.in_windows ? through(*block.in_windows, normal, pass)
                                                 : through(*block.of_whole_image, normal, pass);
    const at::Tensor middle = input + kept(attended, block.branch, pass);
    const at::Tensor output =
        middle +
        kept(through(block.feed_forward, normalized(middle, block.norm2)), block.branch + 1, pass);
    return output + input * block.skip;
  };
  return computed(block.parameters, both_halves, pixels);
}

at::Tensor Rgt::run(const at::Tensor& lq, const at::Tensor& kept, bool training) const {
  BlockPass pass;
  pass.kept = kept;
  pass.shrinkings = shrinkings(std::max(lq.size(2), lq.size(3)), training);
  // What is smaller would leave nothing to look at.
  const auto missing = [&](std::int64_t side) {
    const std::int64_t least = std::int64_t{1} << (2 * pass.shrinkings);
    return std::max<std::int64_t>(0, least - side);
  };
  const std::int64_t bottom = missing(lq.size(2));
  const std::int64_t right = missing(lq.size(3));
  const at::Tensor images = bottom + right > 0 ? pad_by_reflection(lq, {0, right, 0, bottom}) : lq;
  pass.masks = masks_for(images);
  const auto through_block = [&](const TransformerBlock& block, const at::Tensor& pixels) {
    return through(block, pixels, pass);
  };
  return framed(lq, images, [&](const at::Tensor& pixels) {
    return through_groups(groups_, pixels, through_block);
  });
}

}  // namespace

std::unique_ptr<Network> make_network(const arch::RgtOptions& options, int scale,
                                      std::uint64_t seed) {
  return std::make_unique<Rgt>(options, scale, seed);
}

}  // namespace sr
