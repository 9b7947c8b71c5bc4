#include "nn/hat.h"

#include <cmath>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "nn/window_network.h"

namespace sr {
namespace {

class Hat final : public WindowNetwork {
 public:
  Hat(const arch::HatOptions& options, int scale, std::uint64_t seed);

 private:
  struct Block {
    Layer norm1, norm2;
    Attention attention;
    AttendedConv convolutions;
    Perceptron perceptron;
    std::size_t branch = 0;
    Parameters parameters;
  };
  struct Overlap {
    at::Tensor table;
    Layer norm1, qkv, proj, norm2;
    Perceptron perceptron;
    std::int64_t heads = 1;
    Parameters parameters;
  };
  struct Group {
    std::vector<Block> blocks;
    Overlap overlap;
    Connection connection;
  };

  Block add_block(const std::string& name, int heads, bool shifted, double drop_rate);
  Overlap add_overlap(const std::string& name, int heads);
  at::Tensor body(const at::Tensor& pixels, const Pass& pass) const override;
  at::Tensor through_block(const Block& block, const at::Tensor& pixels, const Pass& pass) const;
  /// Keys and values [2, windows, heads, larger^2, features of a head] of [N, H, W, 2 C].
  at::Tensor larger_windows(const at::Tensor& pixels, std::int64_t heads) const;
  at::Tensor attended(const Overlap& overlap, const at::Tensor& pixels) const;
  at::Tensor through_overlap(const Overlap& overlap, const at::Tensor& pixels) const;

  int features_, inside_, squeezed_;
  double conv_scale_, mlp_ratio_;
  std::int64_t side_, larger_;  ///< of the windows of queries and of keys
  at::Tensor overlapping_;      ///< their positions
  std::vector<Group> groups_;
};

Hat::Hat(const arch::HatOptions& options, int scale, std::uint64_t seed)
    : WindowNetwork(options, scale, seed),
      features_(options.embed_dim),
      inside_(options.embed_dim / options.compress_ratio),
      squeezed_(options.embed_dim / options.squeeze_factor),
      conv_scale_(options.conv_scale),
      mlp_ratio_(options.mlp_ratio),
      side_(options.window_size),
      larger_(side_ + static_cast<std::int64_t>(options.window_size * options.overlap_ratio)) {
  add_derived("relative_position_index_SA", relative_positions(window()));
  add_derived("relative_position_index_OCA", overlapping_positions(side_, larger_));
  overlapping_ = add_constant(overlapping_positions(side_, larger_));
  add_head();
  int index = 0;
  for (std::size_t i = 0; i < options.depths.size(); ++i) {
    const std::string name = "layers." + std::to_string(i);
    const int heads = options.num_heads[i];
    Group group;
    for (int k = 0; k < options.depths[i]; ++k, ++index) {
      group.blocks.push_back(add_block(name + ".residual_group.blocks." + std::to_string(k), heads,
                                       k % 2 == 1, drop_rate_of(index)));
    }
    group.overlap = add_overlap(name + ".residual_group.overlap_attn", heads);
    group.connection = add_connection(name + ".conv");
    groups_.push_back(std::move(group));
  }
  add_tail(options.num_feat);
}

Hat::Block Hat::add_block(const std::string& name, int heads, bool shifted, double drop_rate) {
  Block block;
  block.parameters.begin = parameters().size();
  block.norm1 = add_norm(name + ".norm1", features_);
  block.attention = add_attention(name + ".attn", features_, heads, shifted);
  block.convolutions = add_attended_conv(name + ".conv_block.cab", features_, inside_, squeezed_);
  block.norm2 = add_norm(name + ".norm2", features_);
  block.perceptron = add_perceptron(name + ".mlp", features_, mlp_ratio_);
  block.parameters.end = parameters().size();
  block.branch = add_branch(drop_rate);
  add_branch(drop_rate);
  return block;
}

Hat::Overlap Hat::add_overlap(const std::string& name, int heads) {
  Overlap overlap;
  overlap.heads = heads;
  overlap.parameters.begin = parameters().size();
  const std::int64_t span = side_ + larger_ - 1;
  overlap.table = add_table(name, span * span, heads);
  overlap.norm1 = add_norm(name + ".norm1", features_);
  overlap.qkv = add_linear(name + ".qkv", features_, 3 * features_, options().qkv_bias);
  overlap.proj = add_linear(name + ".proj", features_, features_);
  overlap.norm2 = add_norm(name + ".norm2", features_);
  overlap.perceptron = add_perceptron(name + ".mlp", features_, mlp_ratio_);
  overlap.parameters.end = parameters().size();
  return overlap;
}

at::Tensor Hat::through_block(const Block& block, const at::Tensor& pixels,
                              const Pass& pass) const {
  const at::Tensor normal = normalized(pixels, block.norm1);
  const at::Tensor local = attended_conv(normal, block.convolutions);
  const at::Tensor attended = kept(through(block.attention, normal, pass), block.branch, pass);
  const at::Tensor middle = pixels + attended + local * conv_scale_;
  return middle +
         kept(through(block.perceptron, normalized(middle, block.norm2)), block.branch + 1, pass);
}

at::Tensor Hat::larger_windows(const at::Tensor& pixels, std::int64_t heads) const {
  const std::int64_t around = (larger_ - side_) / 2;
  return at::constant_pad_nd(pixels, {0, 0, around, around, around, around})
      .unfold(1, larger_, side_)
      .unfold(2, larger_, side_)  // [N, rows, columns, 2 C, larger, larger]
      .reshape({pixels.size(0), pixels.size(1) / side_, pixels.size(2) / side_, 2, heads,
                features_ / heads, larger_, larger_})
      .permute({3, 0, 1, 2, 4, 6, 7, 5})
      .reshape({2, -1, heads, larger_ * larger_, features_ / heads});
}

at::Tensor Hat::attended(const Overlap& overlap, const at::Tensor& pixels) const {
  const std::int64_t heads = overlap.heads;
  const at::Tensor qkv = at::linear(pixels, overlap.qkv.weight, overlap.qkv.bias);
  const at::Tensor queries = to_windows(qkv.narrow(3, 0, features_), window())
                                 .view({-1, side_ * side_, heads, features_ / heads})
                                 .transpose(1, 2);
  const at::Tensor seen = larger_windows(qkv.narrow(3, features_, 2 * features_), heads);
  const double scale = 1 / std::sqrt(static_cast<double>(features_ / heads));
  const at::Tensor windows =
      attend(queries * scale, seen[0], seen[1], position_bias(overlap.table, overlapping_), {});
  return from_windows(windows.transpose(1, 2).flatten(2), window(), pixels.sizes());
}

at::Tensor Hat::through_overlap(const Overlap& overlap, const at::Tensor& pixels) const {
  const at::Tensor middle = at::linear(attended(overlap, normalized(pixels, overlap.norm1)),
                                       overlap.proj.weight, overlap.proj.bias) +
                            pixels;
  return middle + through(overlap.perceptron, normalized(middle, overlap.norm2));
}

at::Tensor Hat::body(const at::Tensor& pixels, const Pass& pass) const {
  at::Tensor features = pixels;
  for (const Group& group : groups_) {
    at::Tensor inside = features;
    for (const Block& block : group.blocks) {
      inside = computed(
          block.parameters,
          [this, &block, pass](const at::Tensor& input) {
            return through_block(block, input, pass);
          },
          inside);
    }
    const Overlap& overlap = group.overlap;
    inside = computed(
        overlap.parameters,
        [this, &overlap](const at::Tensor& input) { return through_overlap(overlap, input); },
        inside);
    features = through(group.connection, inside) + features;
  }
  return features;
}

}  // namespace

std::unique_ptr<Network> make_network(const arch::HatOptions& options, int scale,
                                      std::uint64_t seed) {
  return std::make_unique<Hat>(options, scale, seed);
}

}  // namespace sr
