#include "nn/dat.h"

#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <torch/torch.h>

#include "nn/batch_norm.h"
#include "nn/fold.h"
#include "nn/split_window_network.h"

namespace sr {
namespace {

class Dat final : public SplitWindowNetwork {
 public:
  Dat(const arch::DatOptions& options, int scale, std::uint64_t seed);

  at::Tensor forward(const at::Tensor& lq) const override {
    return run(lq, {}, Statistics::kRunning);
  }
  at::Tensor training_forward(const at::Tensor& lq, const at::Tensor& kept) const override {
    return run(lq, kept, options_.mixes_samples() ? Statistics::kBatch : Statistics::kRunning);
  }

 private:
  /// A convolution, a norm and GELU.
  struct NormedConv {
    Layer conv;
    std::optional<BatchNorm> norm;
  };
  /// A gate: a value a channel or a pixel.
  struct Gate {
    NormedConv narrow;
    Layer widen;
  };
  /// The attention in windows or of features, the convolution beside it, and their gates.
  struct Attention {
    Layer qkv, proj;
    SplitWindows::Attention in_windows;
    at::Tensor temperature;  ///< of features, else undefined
    NormedConv local;
    Gate of_channels, of_pixels;
    std::int64_t heads = 1;
  };
  struct TransformerBlock {
    Layer norm1, norm2;
    Attention attention;
    FeedForward feed_forward;
    std::size_t branch = 0;  ///< of the attention; the feed-forward part's is the next
    Parameters parameters;
  };
  using Group = ResidualGroup<TransformerBlock>;
  struct BlockPass : Pass {
    Statistics statistics = Statistics::kRunning;
  };

  NormedConv add_normed_conv(const std::string& name, int first_index, at::IntArrayRef shape);
  void add_gates(const std::string& name, Attention& attention);
  Attention add_attention(const std::string& name, int group, int index, int heads);
  TransformerBlock add_block(const std::string& name, int group, int index, double drop_rate);

  static at::Tensor through(const NormedConv& conv, const at::Tensor& features,
                            Statistics statistics);
  static at::Tensor through(const Gate& gate, const at::Tensor& features, Statistics statistics);
  at::Tensor attended(const Attention& attention, const at::Tensor& qkv,
                      const BlockPass& pass) const;
  at::Tensor through(const Attention& attention, const at::Tensor& pixels,
                     const BlockPass& pass) const;
  at::Tensor through(const TransformerBlock& block, const at::Tensor& pixels,
                     const BlockPass& pass) const;
  using SplitWindowNetwork::through;
  at::Tensor run(const at::Tensor& lq, const at::Tensor& kept, Statistics statistics) const;

  arch::DatOptions options_;
  std::int64_t fold_;
  std::vector<Group> groups_;
};

Dat::Dat(const arch::DatOptions& options, int scale, std::uint64_t seed)
    : SplitWindowNetwork(options,
                         {.fold = options.fold(scale),
                          .mask_side = options.img_size,
                          .upsampler = options.upsampler},
                         scale, seed),
      options_(options),
      fold_(options.fold(scale)) {
  add_head();
  for (std::size_t i = 0; i < options.depth.size(); ++i) {
    const auto add = [&](const std::string& name, int index, double drop_rate) {
      return add_block(name, static_cast<int>(i), index, drop_rate);
    };
    groups_.push_back(add_group<Group>(i, ".blocks.", add));
  }
  add_tail();
}

Dat::NormedConv Dat::add_normed_conv(const std::string& name, int first_index,
                                     at::IntArrayRef shape) {
  NormedConv conv;
  conv.conv = add_conv(fmt::format("{}.{}", name, first_index), shape);
  conv.norm.emplace(shape[0]);
  add_part(fmt::format("{}.{}.", name, first_index + 1), *conv.norm);
  return conv;
}

void Dat::add_gates(const std::string& name, Attention& attention) {
  const std::int64_t narrow = features() / 8;
  const std::int64_t narrower = features() / 16;
  attention.local = add_normed_conv(name + ".dwconv", 0, {features(), 1, 3, 3});
  const std::string channels = name + ".channel_interaction";
  attention.of_channels.narrow = add_normed_conv(channels, 1, {narrow, features(), 1, 1});
  attention.of_channels.widen =
      add_conv(channels + ".4", static_cast<int>(narrow), options_.embed_dim, 1);
  const std::string pixels = name + ".spatial_interaction";
  attention.of_pixels.narrow = add_normed_conv(pixels, 0, {narrower, features(), 1, 1});
  attention.of_pixels.widen = add_conv(pixels + ".3", static_cast<int>(narrower), 1, 1);
}

/// Even blocks see windows, odd ones features.
Dat::Attention Dat::add_attention(const std::string& name, int group, int index, int heads) {
  const int width = options_.embed_dim;
  const bool sees_features = index % 2 == 1;
  Attention attention;
  attention.heads = heads;
  if (sees_features) {
    attention.temperature = add_parameter(name + ".temperature", torch::ones({heads, 1, 1}));
  }
  attention.qkv = add_linear(name + ".qkv", width, 3 * width, options_.qkv_bias);
  attention.proj = add_linear(name + ".proj", width, width);
  if (!sees_features) {
    attention.in_windows = add_windows(name, heads, is_shifted(group, index));
  }
  add_gates(name, attention);
  return attention;
}

Dat::TransformerBlock Dat::add_block(const std::string& name, int group, int index,
                                     double drop_rate) {
  TransformerBlock block;
  block.parameters.begin = parameters().size();
  block.norm1 = add_norm(name + ".norm1", options_.embed_dim);
  block.attention = add_attention(name + ".attn", group, index,
                                  options_.num_heads[static_cast<std::size_t>(group)]);
  block.feed_forward = add_feed_forward(
      name + ".ffn", static_cast<int>(options_.embed_dim * options_.expansion_factor));
  block.norm2 = add_norm(name + ".norm2", options_.embed_dim);
  block.parameters.end = parameters().size();
  block.branch = add_branch(drop_rate);
  add_branch(drop_rate);
  return block;
}

at::Tensor Dat::through(const NormedConv& conv, const at::Tensor& features, Statistics statistics) {
  return at::gelu((*conv.norm)(convolved(features, conv.conv), statistics));
}

at::Tensor Dat::through(const Gate& gate, const at::Tensor& features, Statistics statistics) {
  return convolved(through(gate.narrow, features, statistics), gate.widen).sigmoid();
}

at::Tensor Dat::attended(const Attention& attention, const at::Tensor& qkv,
                         const BlockPass& pass) const {
  if (!attention.temperature.defined()) {
    return windows()(attention.in_windows, qkv, pass.masks);
  }
  const std::vector<std::int64_t> sizes = qkv.sizes().vec();
  const std::int64_t heads = attention.heads;
  const at::Tensor parts =
      qkv.reshape({sizes[0], sizes[1] * sizes[2], 3, heads, features() / heads})
          .permute({2, 0, 3, 4, 1});
  return attend_features(parts[0], parts[1], parts[2], attention.temperature)
      .flatten(1, 2)
      .transpose(1, 2)
      .reshape({sizes[0], sizes[1], sizes[2], features()});
}

/// The gate of channels looks at the branch that sees less: the convolution beside windows, the
/// attention beside features. That of pixels looks at the other.
at::Tensor Dat::through(const Attention& attention, const at::Tensor& pixels,
                        const BlockPass& pass) const {
  const Statistics statistics = pass.statistics;
  const at::Tensor qkv = at::linear(pixels, attention.qkv.weight, attention.qkv.bias);
  const at::Tensor global = features_of(attended(attention, qkv, pass));
  const at::Tensor values = features_of(qkv.narrow(3, 2 * features(), features()));
  const at::Tensor local = through(attention.local, values, statistics);
  const bool in_windows = !attention.temperature.defined();
  const at::Tensor& to_channels = in_windows ? local : global;
  const at::Tensor& to_pixels = in_windows ? global : local;
  const at::Tensor channels = through(
      attention.of_channels, to_channels.mean(at::IntArrayRef{2, 3}, /*keepdim=*/true), statistics);
  const at::Tensor places = through(attention.of_pixels, to_pixels, statistics);
  const at::Tensor joined = to_pixels * channels + to_channels * places;
  return at::linear(pixels_of(joined), attention.proj.weight, attention.proj.bias);
}

at::Tensor Dat::through(const TransformerBlock& block, const at::Tensor& pixels,
                        const BlockPass& pass) const {
  const auto both_halves = [this, &block, pass, how = how_computed()](const at::Tensor& input) {
    BlockPass own = pass;
    own.statistics = statistics_in_block(pass.statistics, how);
    const at::Tensor middle =
        input +
        kept(through(block.attention, normalized(input, block.norm1), own), block.branch, own);
    return middle + kept(through(block.feed_forward, normalized(middle, block.norm2)),
                         block.branch + 1, own);
  };
  return computed(block.parameters, both_halves, pixels);
}

at::Tensor Dat::run(const at::Tensor& lq, const at::Tensor& kept, Statistics statistics) const {
  const at::Tensor images = pad_to_multiple(lq, fold_);
  BlockPass pass;
  pass.kept = kept;
  pass.statistics = statistics;
  pass.masks = masks_for(images);
  const auto through_block = [&](const TransformerBlock& block, const at::Tensor& pixels) {
    return through(block, pixels, pass);
  };
  return framed(lq, images, [&](const at::Tensor& pixels) {
    return through_groups(groups_, pixels, through_block);
  });
}

}  // namespace

std::unique_ptr<Network> make_network(const arch::DatOptions& options, int scale,
                                      std::uint64_t seed) {
  return std::make_unique<Dat>(options, scale, seed);
}

}  // namespace sr
