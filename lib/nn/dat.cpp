#include "nn/dat.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <torch/torch.h>

#include "nn/batch_norm.h"
#include "nn/block_network.h"
#include "nn/fold.h"
#include "nn/position_bias.h"
#include "nn/window_attention.h"
#include "nn/window_tail.h"

namespace sr {
namespace {

constexpr int kUpsampledFeatures = 64;

at::Tensor features_of(const at::Tensor& pixels) {
  return pixels.permute({0, 3, 1, 2});
}
at::Tensor pixels_of(const at::Tensor& features) {
  return features.permute({0, 2, 3, 1});
}

class Dat final : public BlockNetwork {
 public:
  Dat(const arch::DatOptions& options, int scale, std::uint64_t seed);

  at::Tensor forward(const at::Tensor& lq) const override {
    return run(lq, {}, Statistics::kRunning);
  }
  at::Tensor training_forward(const at::Tensor& lq, const at::Tensor& kept) const override {
    return run(lq, kept, options_.mixes_samples() ? Statistics::kBatch : Statistics::kRunning);
  }
  int size_multiple() const override { return static_cast<int>(longer_side_ * fold_); }

 private:
  /// Windows of one shape, seen by half of the features.
  struct Windows {
    Window window;
    at::Tensor offsets;    ///< of a window's pixels, [relative positions, 2], a constant
    at::Tensor positions;  ///< rows of the offsets, a constant
    at::Tensor file_offsets, file_positions;  ///< the same in files, on the CPU
    at::Tensor file_mask;                     ///< of shifted ones, for img_size
  };
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
    std::vector<PositionBias> bias;  ///< of both shapes of windows
    at::Tensor temperature;          ///< of features, else undefined
    NormedConv local;
    Gate of_channels, of_pixels;
    std::int64_t heads = 1;
    bool shifted = false;
  };
  /// fc1, a depthwise convolution that gates half of it, fc2.
  struct FeedForward {
    Layer first, norm, depthwise, second;
  };
  struct TransformerBlock {
    Layer norm1, norm2;
    Attention attention;
    FeedForward feed_forward;
    std::size_t branch = 0;  ///< of the attention; the feed-forward part's is the next
    Parameters parameters;
  };
  struct Group {
    std::vector<TransformerBlock> blocks;
    Connection connection;
  };
  struct BlockPass : Pass {
    std::array<at::Tensor, 2> masks;  ///< of shifted windows of both shapes
    Statistics statistics = Statistics::kRunning;
  };

  void add_windows();
  NormedConv add_normed_conv(const std::string& name, int first_index, at::IntArrayRef shape);
  void add_gates(const std::string& name, Attention& attention);
  void add_window_parts(const std::string& name, Attention& attention);
  Attention add_attention(const std::string& name, int group, int index, int heads);
  FeedForward add_feed_forward(const std::string& name);
  TransformerBlock add_block(const std::string& name, int group, int index, double drop_rate);

  static at::Tensor through(const NormedConv& conv, const at::Tensor& features,
                            Statistics statistics);
  static at::Tensor through(const Gate& gate, const at::Tensor& features, Statistics statistics);
  at::Tensor in_windows(const Attention& attention, const at::Tensor& qkv, std::size_t shape,
                        const at::Tensor& mask) const;
  at::Tensor attended(const Attention& attention, const at::Tensor& qkv,
                      const BlockPass& pass) const;
  at::Tensor through(const Attention& attention, const at::Tensor& pixels,
                     const BlockPass& pass) const;
  static at::Tensor through(const FeedForward& part, const at::Tensor& pixels);
  at::Tensor through(const TransformerBlock& block, const at::Tensor& pixels,
                     const BlockPass& pass) const;
  using BlockNetwork::through;
  at::Tensor run(const at::Tensor& lq, const at::Tensor& kept, Statistics statistics) const;

  arch::DatOptions options_;
  std::int64_t features_, fold_, longer_side_;
  std::array<Windows, 2> windows_;
  Layer first_, first_norm_, norm_;
  std::vector<Group> groups_;
  Connection after_body_;
  std::unique_ptr<WindowTail> tail_;
};

Dat::Dat(const arch::DatOptions& options, int scale, std::uint64_t seed)
    : BlockNetwork({options.embed_dim, options.depth, options.drop_path_rate,
                    options.use_checkpoint, options.resi_connection},
                   scale, seed),
      options_(options),
      features_(options.embed_dim),
      fold_(options.fold(scale)),
      longer_side_(std::max(options.split_size[0], options.split_size[1])) {
  add_windows();
  const int width = options.embed_dim;
  const int folded = options.in_chans * static_cast<int>(fold_ * fold_);
  first_ = add_conv(fold_ > 1 ? "conv_first.1" : "conv_first", folded, width, 3);
  first_norm_ = add_norm("before_RG.1", width);
  int index = 0;
  for (std::size_t i = 0; i < options.depth.size(); ++i) {
    const std::string name = fmt::format("layers.{}", i);
    Group group;
    for (int k = 0; k < options.depth[i]; ++k, ++index) {
      group.blocks.push_back(add_block(fmt::format("{}.blocks.{}", name, k), static_cast<int>(i), k,
                                       drop_rate_of(index)));
    }
    group.connection = add_connection(name + ".conv");
    groups_.push_back(std::move(group));
  }
  norm_ = add_norm("norm", width);
  after_body_ = add_connection("conv_after_body");
  const WindowTail::Settings tail{options.upsampler, scale * static_cast<int>(fold_), width,
                                  kUpsampledFeatures, options.in_chans};
  tail_ = std::make_unique<WindowTail>(tail, generator());
  add_part("", *tail_);
}

/// Rows of the offsets are in the order of relative_positions().
void Dat::add_windows() {
  for (std::size_t shape = 0; shape < windows_.size(); ++shape) {
    Windows& windows = windows_[shape];
    windows.window = {options_.split_size[shape], options_.split_size[1 - shape]};
    const auto [height, width] = windows.window;
    const at::Tensor rows = at::arange(1 - height, height, at::kFloat);
    const at::Tensor columns = at::arange(1 - width, width, at::kFloat);
    windows.file_offsets =
        at::stack({rows.repeat_interleave(2 * width - 1), columns.repeat({2 * height - 1})}, 1);
    windows.file_positions = relative_positions(windows.window);
    windows.offsets = add_constant(windows.file_offsets.clone());
    windows.positions = add_constant(windows.file_positions.clone());
    windows.file_mask = shift_mask(options_.img_size, options_.img_size, windows.window, at::kCPU);
  }
}

Dat::NormedConv Dat::add_normed_conv(const std::string& name, int first_index,
                                     at::IntArrayRef shape) {
  NormedConv conv;
  conv.conv = add_layer(fmt::format("{}.{}", name, first_index),
                        default_layer(shape, /*with_bias=*/true, generator()));
  conv.norm.emplace(shape[0]);
  add_part(fmt::format("{}.{}.", name, first_index + 1), *conv.norm);
  return conv;
}

void Dat::add_gates(const std::string& name, Attention& attention) {
  const std::int64_t narrow = features_ / 8;
  const std::int64_t narrower = features_ / 16;
  attention.local = add_normed_conv(name + ".dwconv", 0, {features_, 1, 3, 3});
  const std::string channels = name + ".channel_interaction";
  attention.of_channels.narrow = add_normed_conv(channels, 1, {narrow, features_, 1, 1});
  attention.of_channels.widen =
      add_conv(channels + ".4", static_cast<int>(narrow), options_.embed_dim, 1);
  const std::string pixels = name + ".spatial_interaction";
  attention.of_pixels.narrow = add_normed_conv(pixels, 0, {narrower, features_, 1, 1});
  attention.of_pixels.widen = add_conv(pixels + ".3", static_cast<int>(narrower), 1, 1);
}

void Dat::add_window_parts(const std::string& name, Attention& attention) {
  const int inside = options_.embed_dim / 2 / 4 / 4;
  for (std::size_t shape = 0; shape < windows_.size(); ++shape) {
    const std::string part = fmt::format("{}.attns.{}", name, shape);
    attention.bias.emplace_back(inside, static_cast<int>(attention.heads / 2), generator());
    add_part(part + ".pos.", attention.bias.back());
    add_derived(part + ".rpe_biases", windows_[shape].file_offsets);
    add_derived(part + ".relative_position_index", windows_[shape].file_positions);
    if (attention.shifted) {
      add_derived(fmt::format("{}.attn_mask_{}", name, shape), windows_[shape].file_mask);
    }
  }
}

/// Even blocks see windows, odd ones features. Of a group's blocks 2, 6, 10, ... windows are
/// shifted, of those of odd groups 0, 4, 8, ...
Dat::Attention Dat::add_attention(const std::string& name, int group, int index, int heads) {
  const int width = options_.embed_dim;
  const bool sees_features = index % 2 == 1;
  Attention attention;
  attention.heads = heads;
  attention.shifted = index % 4 == (group % 2 == 0 ? 2 : 0);
  if (sees_features) {
    attention.temperature = add_parameter(name + ".temperature", torch::ones({heads, 1, 1}));
  }
  attention.qkv = add_linear(name + ".qkv", width, 3 * width, options_.qkv_bias);
  attention.proj = add_linear(name + ".proj", width, width);
  if (!sees_features) {
    add_window_parts(name, attention);
  }
  add_gates(name, attention);
  return attention;
}

Dat::FeedForward Dat::add_feed_forward(const std::string& name) {
  const int width = options_.embed_dim;
  const int inside = static_cast<int>(width * options_.expansion_factor);
  const int gated = inside / 2;
  FeedForward part;
  part.first = add_linear(name + ".fc1", width, inside);
  part.norm = add_norm(name + ".sg.norm", gated);
  part.depthwise = add_layer(name + ".sg.conv",
                             default_layer({gated, 1, 3, 3}, /*with_bias=*/true, generator()));
  part.second = add_linear(name + ".fc2", gated, width);
  return part;
}

Dat::TransformerBlock Dat::add_block(const std::string& name, int group, int index,
                                     double drop_rate) {
  TransformerBlock block;
  block.parameters.begin = parameters().size();
  block.norm1 = add_norm(name + ".norm1", options_.embed_dim);
  block.attention = add_attention(name + ".attn", group, index,
                                  options_.num_heads[static_cast<std::size_t>(group)]);
  block.feed_forward = add_feed_forward(name + ".ffn");
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

/// Half of the features [N, H, W, C / 2] of qkv [N, H, W, 3 C]; H and W are multiples of the sides.
at::Tensor Dat::in_windows(const Attention& attention, const at::Tensor& qkv, std::size_t shape,
                           const at::Tensor& mask) const {
  const Windows& windows = windows_[shape];
  const std::int64_t half = features_ / 2;
  const std::int64_t heads = attention.heads / 2;
  const std::int64_t down = windows.window.height / 2;
  const std::int64_t right = windows.window.width / 2;
  const std::vector<std::int64_t> sizes = qkv.sizes().vec();
  at::Tensor seen = qkv.reshape({sizes[0], sizes[1], sizes[2], 3, features_})
                        .narrow(4, static_cast<std::int64_t>(shape) * half, half)
                        .reshape({sizes[0], sizes[1], sizes[2], 3 * half});
  if (attention.shifted) {
    seen = at::roll(seen, {-down, -right}, {1, 2});
  }
  const at::Tensor parts = to_windows(seen, windows.window)
                               .view({-1, windows.window.area(), 3, heads, half / heads})
                               .permute({2, 0, 3, 1, 4});
  const double scale =
      options_.qk_scale > 0 ? options_.qk_scale : 1 / std::sqrt(static_cast<double>(half / heads));
  const at::Tensor bias = position_bias(attention.bias[shape](windows.offsets), windows.positions);
  const at::Tensor attended =
      attend(parts[0] * scale, parts[1], parts[2], bias, attention.shifted ? mask : at::Tensor());
  const at::Tensor whole = from_windows(attended.transpose(1, 2).flatten(2), windows.window, sizes);
  return attention.shifted ? at::roll(whole, {down, right}, {1, 2}) : whole;
}

at::Tensor Dat::attended(const Attention& attention, const at::Tensor& qkv,
                         const BlockPass& pass) const {
  const std::int64_t images = qkv.size(0);
  const std::int64_t height = qkv.size(1);
  const std::int64_t width = qkv.size(2);
  const std::int64_t heads = attention.heads;
  if (attention.temperature.defined()) {
    const at::Tensor parts =
        qkv.reshape({images, height * width, 3, heads, features_ / heads}).permute({2, 0, 3, 4, 1});
    return attend_features(parts[0], parts[1], parts[2], attention.temperature)
        .flatten(1, 2)
        .transpose(1, 2)
        .reshape({images, height, width, features_});
  }
  const auto missing = [&](std::int64_t side) {
    return (longer_side_ - side % longer_side_) % longer_side_;
  };
  const std::int64_t bottom = missing(height);
  const std::int64_t right = missing(width);
  const at::Tensor whole =
      bottom + right > 0 ? at::constant_pad_nd(qkv, {0, 0, 0, right, 0, bottom}) : qkv;
  const at::Tensor both = at::cat({in_windows(attention, whole, 0, pass.masks[0]),
                                   in_windows(attention, whole, 1, pass.masks[1])},
                                  3);
  return both.narrow(1, 0, height).narrow(2, 0, width);
}

/// The gate of channels looks at the branch that sees less: the convolution beside windows, the
/// attention beside features. That of pixels looks at the other.
at::Tensor Dat::through(const Attention& attention, const at::Tensor& pixels,
                        const BlockPass& pass) const {
  const Statistics statistics = pass.statistics;
  const at::Tensor qkv = at::linear(pixels, attention.qkv.weight, attention.qkv.bias);
  const at::Tensor global = features_of(attended(attention, qkv, pass));
  const at::Tensor values = features_of(qkv.narrow(3, 2 * features_, features_));
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

at::Tensor Dat::through(const FeedForward& part, const at::Tensor& pixels) {
  const std::vector<at::Tensor> halves =
      at::gelu(at::linear(pixels, part.first.weight, part.first.bias)).chunk(2, 3);
  const at::Tensor gate = convolved(features_of(normalized(halves[1], part.norm)), part.depthwise);
  return at::linear(halves[0] * pixels_of(gate), part.second.weight, part.second.bias);
}

at::Tensor Dat::through(const TransformerBlock& block, const at::Tensor& pixels,
                        const BlockPass& pass) const {
  const auto both_halves = [this, &block, pass](const at::Tensor& input) {
    BlockPass own = pass;
    // With gradients a block that is computed twice is computed again.
    if (computed_twice() && at::GradMode::is_enabled() && own.statistics == Statistics::kBatch) {
      own.statistics = Statistics::kBatchAgain;
    }
    const at::Tensor middle =
        input +
        kept(through(block.attention, normalized(input, block.norm1), own), block.branch, own);
    return middle + kept(through(block.feed_forward, normalized(middle, block.norm2)),
                         block.branch + 1, own);
  };
  return computed(block.parameters, both_halves, pixels);
}

at::Tensor Dat::run(const at::Tensor& lq, const at::Tensor& kept, Statistics statistics) const {
  const at::Tensor images = (pad_to_multiple(lq, fold_) - mean_colour()) * options_.img_range;
  const at::Tensor first =
      fold_ > 1 ? unshuffled_conv(images, first_, fold_) : convolved(images, first_);
  BlockPass pass;
  pass.kept = kept;
  pass.statistics = statistics;
  const auto whole = [&](std::int64_t side) {
    return (side + longer_side_ - 1) / longer_side_ * longer_side_;
  };
  for (std::size_t shape = 0; shape < windows_.size(); ++shape) {
    pass.masks[shape] =
        shift_mask(whole(first.size(2)), whole(first.size(3)), windows_[shape].window, lq.device());
  }
  at::Tensor pixels = normalized(pixels_of(first).contiguous(), first_norm_);
  for (const Group& group : groups_) {
    at::Tensor inside = pixels;
    for (const TransformerBlock& block : group.blocks) {
      inside = through(block, inside, pass);
    }
    pixels = through(group.connection, inside) + pixels;
  }
  const at::Tensor body = features_of(through(after_body_, normalized(pixels, norm_))) + first;
  const at::Tensor output = (*tail_)(body) / options_.img_range + mean_colour();
  return output.narrow(2, 0, lq.size(2) * scale_)
      .narrow(3, 0, lq.size(3) * scale_)
      .to(lq.scalar_type());
}

}  // namespace

std::unique_ptr<Network> make_network(const arch::DatOptions& options, int scale,
                                      std::uint64_t seed) {
  return std::make_unique<Dat>(options, scale, seed);
}

}  // namespace sr
