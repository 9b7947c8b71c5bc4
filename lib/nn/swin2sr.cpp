#include "nn/swin2sr.h"

#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <torch/torch.h>

#include "nn/angle_attention.h"
#include "nn/window_network.h"

namespace sr {
namespace {

constexpr int kUpsampledFeatures = 64;

class Swin2Sr final : public WindowNetwork {
 public:
  Swin2Sr(const arch::Swin2SrOptions& options, int scale, std::uint64_t seed);

 private:
  struct AngleAttention {
    at::Tensor factors;  ///< logarithms, one a head
    at::Tensor q_bias, v_bias;
    std::optional<LogPositionBias> bias;
    Layer qkv, proj;
    bool shifted = false;
  };
  struct PostNormBlock {
    Layer norm1, norm2;
    AngleAttention attention;
    Perceptron perceptron;
    std::size_t branch = 0;  ///< of the attention; the perceptron's is the next
    Parameters parameters;
  };
  struct Group : ResidualGroup<PostNormBlock> {
    Layer projection;
  };

  AngleAttention add_angle_attention(const std::string& name, int heads, bool shifted);
  PostNormBlock add_block(const std::string& name, int heads, bool shifted, double drop_rate);
  at::Tensor body(const at::Tensor& pixels, const Pass& pass) const override;
  at::Tensor attended(const AngleAttention& attention, const at::Tensor& pixels,
                      const Pass& pass) const;
  at::Tensor through_block(const PostNormBlock& block, const at::Tensor& pixels,
                           const Pass& pass) const;

  std::int64_t features_;
  at::Tensor file_offsets_;  ///< in files, on the CPU
  at::Tensor offsets_;       ///< the same as rows, a constant
  std::vector<Group> groups_;
};

Swin2Sr::Swin2Sr(const arch::Swin2SrOptions& options, int scale, std::uint64_t seed)
    : WindowNetwork(options, scale, seed), features_(options.embed_dim) {
  const Offsets all{1 - options.window_size, options.window_size - 1, options.window_size - 1};
  file_offsets_ = logarithmic_offsets(all, all).unsqueeze(0);
  offsets_ = add_constant(file_offsets_.clone().view({-1, 2}));
  add_head(/*projected=*/true);
  for (std::size_t i = 0; i < options.depths.size(); ++i) {
    const auto add = [&](const std::string& name, int index, double drop_rate) {
      return add_block(name, options.num_heads[i], index % 2 == 1, drop_rate);
    };
    auto group = add_group<Group>(i, ".residual_group.blocks.", add);
    group.projection = add_conv(fmt::format("layers.{}.patch_embed.proj", i), options.embed_dim,
                                options.embed_dim, 1);
    groups_.push_back(std::move(group));
  }
  add_tail(kUpsampledFeatures);
}

Swin2Sr::AngleAttention Swin2Sr::add_angle_attention(const std::string& name, int heads,
                                                     bool shifted) {
  const int width = options().embed_dim;
  AngleAttention attention;
  attention.shifted = shifted;
  attention.factors = add_parameter(name + ".logit_scale", first_angle_factors(heads));
  if (options().qkv_bias) {
    attention.q_bias = add_parameter(name + ".q_bias", torch::zeros({width}));
    attention.v_bias = add_parameter(name + ".v_bias", torch::zeros({width}));
  }
  attention.bias.emplace(heads, LinearStart::kTruncatedNormal, generator());
  add_part(name + ".cpb_mlp.", *attention.bias);
  attention.qkv = add_linear(name + ".qkv", width, 3 * width, /*bias=*/false);
  attention.proj = add_linear(name + ".proj", width, width);
  add_derived(name + ".relative_coords_table", file_offsets_);
  return attention;
}

Swin2Sr::PostNormBlock Swin2Sr::add_block(const std::string& name, int heads, bool shifted,
                                          double drop_rate) {
  const int width = options().embed_dim;
  PostNormBlock block;
  block.parameters.begin = parameters().size();
  block.norm1 = add_norm(name + ".norm1", width);
  block.attention = add_angle_attention(name + ".attn", heads, shifted);
  block.norm2 = add_norm(name + ".norm2", width);
  block.perceptron = add_perceptron(name + ".mlp", width, options().mlp_ratio);
  block.parameters.end = parameters().size();
  block.branch = add_branch(drop_rate);
  add_branch(drop_rate);
  add_derived(name + ".attn.relative_position_index", derived_positions());
  if (shifted) {
    add_derived(name + ".attn_mask", derived_mask());
  }
  return block;
}

at::Tensor Swin2Sr::attended(const AngleAttention& attention, const at::Tensor& pixels,
                             const Pass& pass) const {
  const std::int64_t heads = attention.factors.size(0);
  at::Tensor bias;
  if (attention.q_bias.defined()) {
    bias = at::cat({attention.q_bias, at::zeros_like(attention.v_bias), attention.v_bias});
  }
  return in_windows(pixels, window(), attention.shifted, [&](const at::Tensor& windows) {
    const at::Tensor parts = at::linear(windows, attention.qkv.weight, bias)
                                 .view({-1, window().area(), 3, heads, features_ / heads})
                                 .permute({2, 0, 3, 1, 4});
    const at::Tensor seen = attend_by_angle(parts[0], parts[1], parts[2], attention.factors,
                                            (*attention.bias)(offsets_, pass.bias_positions),
                                            attention.shifted ? pass.mask : at::Tensor());
    return at::linear(seen.transpose(1, 2).flatten(2), attention.proj.weight, attention.proj.bias);
  });
}

at::Tensor Swin2Sr::through_block(const PostNormBlock& block, const at::Tensor& pixels,
                                  const Pass& pass) const {
  const at::Tensor middle =
      pixels +
      kept(normalized(attended(block.attention, pixels, pass), block.norm1), block.branch, pass);
  return middle +
         kept(normalized(through(block.perceptron, middle), block.norm2), block.branch + 1, pass);
}

at::Tensor Swin2Sr::body(const at::Tensor& pixels, const Pass& pass) const {
  at::Tensor features = pixels;
  for (const Group& group : groups_) {
    at::Tensor inside = features;
    for (const PostNormBlock& block : group.blocks) {
      inside = computed(
          block.parameters,
          [this, &block, pass](const at::Tensor& input) {
            return through_block(block, input, pass);
          },
          inside);
    }
    const at::Tensor joined = through(group.connection, inside).permute({0, 3, 1, 2});
    features = convolved(joined, group.projection).permute({0, 2, 3, 1}) + features;
  }
  return features;
}

}  // namespace

std::unique_ptr<Network> make_network(const arch::Swin2SrOptions& options, int scale,
                                      std::uint64_t seed) {
  return std::make_unique<Swin2Sr>(options, scale, seed);
}

}  // namespace sr
