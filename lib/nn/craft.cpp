#include "nn/craft.h"

#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <torch/torch.h>

#include "nn/block_network.h"
#include "nn/fold.h"
#include "nn/max_pool.h"
#include "nn/split_windows.h"
#include "nn/window_attention.h"
#include "nn/window_tail.h"

namespace sr {
namespace {

constexpr double kInsideGate = 2.66;  ///< features, as multiples of the block's

at::Tensor features_of(const at::Tensor& pixels) {
  return pixels.permute({0, 3, 1, 2});
}
at::Tensor pixels_of(const at::Tensor& features) {
  return features.permute({0, 2, 3, 1});
}

/// Pixels are [N, H, W, C] but in the fast branch.
class Craft final : public BlockNetwork {
 public:
  Craft(const arch::CraftOptions& options, int scale, std::uint64_t seed);

  at::Tensor forward(const at::Tensor& lq) const override;
  int size_multiple() const override { return options_.window_size; }

 private:
  struct Slow {
    Layer norm1, qkv, proj, local, norm2, widen, narrow;
    SplitWindows::Attention windows;
  };
  /// A convolution of half of the features beside a pooling of the others.
  struct Fast {
    Layer last, pooled, conv;
  };
  struct Fusion {
    Layer norm1, norm2;
    at::Tensor temperature;
    Layer q, q_local, kv, kv_local, out;
    GatedConv gate;
  };
  struct Group {
    std::vector<Slow> slow;  ///< two a block
    std::vector<Fast> fast;
    std::vector<Fusion> fusions;
    Layer conv;
  };

  Layer add_norm_of(const std::string& name) {
    return add_norm(name + ".body", options_.embed_dim);
  }
  Layer add_plain_conv(const std::string& name, int inputs, int outputs);
  Layer add_depthwise(const std::string& name, int features, bool bias);
  Slow add_slow(const std::string& name, int heads, bool shifted);
  Fast add_fast(const std::string& name);
  Fusion add_fusion(const std::string& name, int heads);
  Group add_group(const std::string& name, int depth, int heads);

  at::Tensor through(const Slow& slow, const at::Tensor& pixels) const;
  static at::Tensor through(const Fast& fast, const at::Tensor& features);
  static at::Tensor joined(const Fusion& fusion, const at::Tensor& slow, const at::Tensor& fast);

  arch::CraftOptions options_;
  SplitWindows windows_;
  Layer first_, norm_;
  std::vector<Group> groups_;
  Connection after_body_;
  std::unique_ptr<WindowTail> tail_;
};

Craft::Craft(const arch::CraftOptions& options, int scale, std::uint64_t seed)
    : BlockNetwork({.features = options.embed_dim,
                    .depths = options.depths,
                    .connection = options.resi_connection},
                   scale, seed),
      options_(options),
      windows_({.features = options.embed_dim,
                .sides = {options.split_size_0, options.split_size_1},
                .qk_scale = options.qk_scale}) {
  add_part("", windows_);
  for (const std::size_t shape : {0, 1}) {
    const char suffix = shape == 0 ? 'h' : 'v';
    add_derived(fmt::format("relative_position_index_{}", suffix), windows_.file_positions(shape));
    add_derived(fmt::format("biases_{}", suffix), windows_.file_offsets(shape));
  }
  first_ = add_conv("conv_first", arch::kRgb, options.embed_dim, 3);
  for (std::size_t i = 0; i < options.depths.size(); ++i) {
    groups_.push_back(
        add_group(fmt::format("layers.{}", i), options.depths[i], options.num_heads[i]));
  }
  norm_ = add_norm_of("norm");
  after_body_ = add_connection("conv_after_body");
  tail_ = std::make_unique<WindowTail>(
      WindowTail::Settings{arch::WindowUpsampler::kPixelShuffleDirect, scale, options.embed_dim,
                           /*middle=*/0, arch::kRgb},
      generator());
  add_part("", *tail_);
}

Layer Craft::add_plain_conv(const std::string& name, int inputs, int outputs) {
  return add_conv(name, {outputs, inputs, 1, 1}, /*bias=*/false);
}

Layer Craft::add_depthwise(const std::string& name, int features, bool bias) {
  return add_conv(name, {features, 1, 3, 3}, bias);
}

Craft::Slow Craft::add_slow(const std::string& name, int heads, bool shifted) {
  const int width = options_.embed_dim;
  const int inside = static_cast<int>(width * options_.mlp_ratio);
  Slow slow;
  slow.norm1 = add_norm(name + ".norm1", width);
  slow.qkv = add_linear(name + ".qkv", width, 3 * width, options_.qkv_bias);
  slow.proj = add_linear(name + ".proj", width, width);
  slow.local = add_depthwise(name + ".get_v", width, /*bias=*/true);
  slow.windows = windows_.make_attention(heads, shifted, generator());
  for (std::size_t shape = 0; shape < slow.windows.bias.size(); ++shape) {
    add_part(fmt::format("{}.attns.{}.pos.", name, shape), slow.windows.bias[shape]);
  }
  slow.norm2 = add_norm(name + ".norm2", width);
  slow.widen = add_linear(name + ".mlp.fc1", width, inside);
  slow.narrow = add_linear(name + ".mlp.fc2", inside, width);
  return slow;
}

Craft::Fast Craft::add_fast(const std::string& name) {
  const int width = options_.embed_dim;
  const int half = width / 2;
  Fast fast;
  fast.last = add_conv(name + ".last_fc", width, width, 1);
  fast.pooled = add_conv(name + ".fc", half, half, 1);
  fast.conv = add_conv(name + ".conv", half, half, 3);
  return fast;
}

Craft::Fusion Craft::add_fusion(const std::string& name, int heads) {
  const int width = options_.embed_dim;
  const int inside = static_cast<int>(width * kInsideGate);
  const std::string attention = name + ".attn.";
  Fusion fusion;
  fusion.norm1 = add_norm_of(name + ".norm1");
  fusion.temperature = add_parameter(attention + "temperature", torch::ones({heads, 1, 1}));
  fusion.q = add_plain_conv(attention + "q", width, width);
  fusion.q_local = add_depthwise(attention + "q_dwconv", width, /*bias=*/false);
  fusion.kv = add_plain_conv(attention + "kv", width, 2 * width);
  fusion.kv_local = add_depthwise(attention + "kv_dwconv", 2 * width, /*bias=*/false);
  fusion.out = add_plain_conv(attention + "project_out", width, width);
  fusion.norm2 = add_norm_of(name + ".norm2");
  fusion.gate = add_gated_conv(name + ".ffn", width, inside, {});
  return fusion;
}

Craft::Group Craft::add_group(const std::string& name, int depth, int heads) {
  const std::string body = name + ".residual_group.";
  Group group;
  for (int i = 0; i < 2 * depth; ++i) {
    group.slow.push_back(add_slow(fmt::format("{}srwa_blocks.{}", body, i), heads, i % 2 == 1));
  }
  for (int i = 0; i < depth; ++i) {
    group.fast.push_back(add_fast(fmt::format("{}hfer_blocks.{}", body, i)));
  }
  for (int i = 0; i < depth; ++i) {
    group.fusions.push_back(add_fusion(fmt::format("{}hf_blocks.{}", body, i), heads));
  }
  group.conv = add_conv(name + ".conv", options_.embed_dim, options_.embed_dim, 3);
  return group;
}

at::Tensor Craft::through(const Slow& slow, const at::Tensor& pixels) const {
  const at::Tensor qkv = at::linear(normalized(pixels, slow.norm1), slow.qkv.weight, slow.qkv.bias);
  const at::Tensor values = qkv.narrow(3, 2 * pixels.size(3), pixels.size(3));
  const at::Tensor seen = windows_(slow.windows, qkv, /*masks=*/{}) +
                          pixels_of(convolved(features_of(values), slow.local));
  const at::Tensor middle = pixels + at::linear(seen, slow.proj.weight, slow.proj.bias);
  const at::Tensor inside =
      at::gelu(at::linear(normalized(middle, slow.norm2), slow.widen.weight, slow.widen.bias));
  return middle + at::linear(inside, slow.narrow.weight, slow.narrow.bias);
}

at::Tensor Craft::through(const Fast& fast, const at::Tensor& features) {
  const std::vector<at::Tensor> halves = features.chunk(2, 1);
  const at::Tensor local = at::gelu(convolved(halves[0], fast.conv));
  const at::Tensor pooled = at::gelu(convolved(
      largest_of_windows(halves[1], /*side=*/3, /*stride=*/1, /*padding=*/1), fast.pooled));
  return features + convolved(at::cat({local, pooled}, 1), fast.last);
}

at::Tensor Craft::joined(const Fusion& fusion, const at::Tensor& slow, const at::Tensor& fast) {
  const std::vector<std::int64_t> sizes = fast.sizes().vec();
  const std::int64_t heads = fusion.temperature.size(0);
  const auto in_heads = [&](const at::Tensor& features) {
    return features.reshape({sizes[0], heads, sizes[1] / heads, -1});
  };
  const at::Tensor normal = features_of(normalized(slow, fusion.norm1));
  const at::Tensor queries = convolved(convolved(fast, fusion.q), fusion.q_local);
  const std::vector<at::Tensor> parts =
      convolved(convolved(normal, fusion.kv), fusion.kv_local).chunk(2, 1);
  const at::Tensor seen =
      attend_features(in_heads(queries), in_heads(parts[0]), in_heads(parts[1]), fusion.temperature)
          .reshape(sizes);
  const at::Tensor middle = features_of(slow) + convolved(seen, fusion.out);
  const at::Tensor again = features_of(normalized(pixels_of(middle), fusion.norm2));
  return middle + gated_conv(again, fusion.gate);
}

at::Tensor Craft::forward(const at::Tensor& lq) const {
  const std::int64_t multiple = options_.window_size;
  const auto missing = [&](std::int64_t side) { return multiple - side % multiple; };
  const at::Tensor images = pad_by_mirror(lq, missing(lq.size(2)), missing(lq.size(3)));
  const at::Tensor first = convolved((images - mean_colour()) * options_.img_range, first_);
  at::Tensor features = first;
  for (const Group& group : groups_) {
    at::Tensor inside = features;
    for (std::size_t i = 0; i < group.fusions.size(); ++i) {
      const at::Tensor slow =
          through(group.slow[2 * i + 1], through(group.slow[2 * i], pixels_of(inside)));
      inside = joined(group.fusions[i], slow, through(group.fast[i], inside));
    }
    features = convolved(inside, group.conv) + features;
  }
  const at::Tensor body =
      features_of(BlockNetwork::through(after_body_, normalized(pixels_of(features), norm_)));
  const at::Tensor output = (*tail_)(body + first) / options_.img_range + mean_colour();
  return output.narrow(2, 0, lq.size(2) * scale_)
      .narrow(3, 0, lq.size(3) * scale_)
      .to(lq.scalar_type());
}

}  // namespace

std::unique_ptr<Network> make_network(const arch::CraftOptions& options, int scale,
                                      std::uint64_t seed) {
  return std::make_unique<Craft>(options, scale, seed);
}

}  // namespace sr
