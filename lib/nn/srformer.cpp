#include "nn/srformer.h"

#include <cmath>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "nn/window_network.h"

namespace sr {
namespace {

constexpr int kUpsampledFeatures = 64;
constexpr int kDepthwiseSide = 5;

/// Masks in files are for a multiple of the window.
arch::SrFormerOptions in_whole_windows(arch::SrFormerOptions options) {
  const int window = options.window_size;
  options.img_size = (options.img_size + window - 1) / window * window;
  return options;
}

class SrFormer final : public WindowNetwork {
 public:
  SrFormer(const arch::SrFormerOptions& options, int scale, std::uint64_t seed);

 private:
  struct PermutedAttention {
    at::Tensor table;
    Layer kv, q, proj;
    std::int64_t heads = 1;
    bool shifted = false;
  };
  struct PermutedBlock {
    Layer norm1, norm2;
    PermutedAttention attention;
    Perceptron perceptron;
    std::size_t branch = 0;  ///< of the attention; the perceptron's is the next
    Parameters parameters;
  };
  using Group = ResidualGroup<PermutedBlock>;

  PermutedAttention add_permuted(const std::string& name, int heads, bool shifted);
  PermutedBlock add_block(const std::string& name, int heads, bool shifted, double drop_rate);
  at::Tensor mask_for(std::int64_t height, std::int64_t width, at::Device device) const override {
    return permuted_shift_mask(height, width, window().height, device);
  }
  at::Tensor body(const at::Tensor& pixels, const Pass& pass) const override;
  at::Tensor attended(const PermutedAttention& attention, const at::Tensor& pixels,
                      const Pass& pass) const;
  at::Tensor through_block(const PermutedBlock& block, const at::Tensor& pixels,
                           const Pass& pass) const;

  std::int64_t features_;
  double qk_scale_;
  at::Tensor permuted_;                    ///< positions, a constant
  at::Tensor file_positions_, file_mask_;  ///< in files, on the CPU
  std::vector<Group> groups_;
};

SrFormer::SrFormer(const arch::SrFormerOptions& options, int scale, std::uint64_t seed)
    : WindowNetwork(in_whole_windows(options), scale, seed),
      features_(options.embed_dim),
      qk_scale_(options.qk_scale) {
  file_positions_ = permuted_positions(window().height);
  permuted_ = add_constant(file_positions_.clone());
  const std::int64_t side = this->options().img_size;
  file_mask_ = permuted_shift_mask(side, side, window().height, at::kCPU);
  add_head();
  for (std::size_t i = 0; i < options.depths.size(); ++i) {
    const auto add = [&](const std::string& name, int index, double drop_rate) {
      return add_block(name, options.num_heads[i], index % 2 == 1, drop_rate);
    };
    groups_.push_back(add_group<Group>(i, ".residual_group.blocks.", add));
  }
  add_tail(kUpsampledFeatures);
}

SrFormer::PermutedAttention SrFormer::add_permuted(const std::string& name, int heads,
                                                   bool shifted) {
  const int width = options().embed_dim;
  const std::int64_t span = window().height - 1;  // of the relative positions of half a window
  PermutedAttention attention;
  attention.heads = heads;
  attention.shifted = shifted;
  attention.table = add_table(name, span * span, heads);
  attention.kv = add_linear(name + ".kv", width, width / 2, options().qkv_bias);
  attention.q = add_linear(name + ".q", width, width, options().qkv_bias);
  attention.proj = add_linear(name + ".proj", width, width);
  return attention;
}

SrFormer::PermutedBlock SrFormer::add_block(const std::string& name, int heads, bool shifted,
                                            double drop_rate) {
  const int width = options().embed_dim;
  PermutedBlock block;
  block.parameters.begin = parameters().size();
  block.norm1 = add_norm(name + ".norm1", width);
  block.attention = add_permuted(name + ".attn", heads, shifted);
  block.norm2 = add_norm(name + ".norm2", width);
  block.perceptron = add_perceptron(name + ".mlp", width, options().mlp_ratio, kDepthwiseSide);
  block.parameters.end = parameters().size();
  block.branch = add_branch(drop_rate);
  add_branch(drop_rate);
  add_derived(name + ".attn.aligned_relative_position_index", file_positions_);
  if (shifted) {
    add_derived(name + ".attn_mask", file_mask_);
  }
  return block;
}

at::Tensor SrFormer::attended(const PermutedAttention& attention, const at::Tensor& pixels,
                              const Pass& pass) const {
  const std::int64_t side = window().height;
  const std::int64_t half = side / 2;
  const std::int64_t heads = attention.heads;
  const std::int64_t head = features_ / heads;
  const double scale = qk_scale_ > 0 ? qk_scale_ : 1 / std::sqrt(static_cast<double>(head));
  return in_windows(pixels, window(), attention.shifted, [&](const at::Tensor& windows) {
    const at::Tensor pairs =
        at::linear(windows, attention.kv.weight, attention.kv.bias)
            .view({-1, half, 2, half, 2, 2, features_ / 4})
            .permute({0, 1, 3, 5, 2, 4, 6})  // keys and values of four pixels in one
            .reshape({-1, half * half, 2, heads, head})
            .permute({2, 0, 3, 1, 4});
    const at::Tensor queries = at::linear(windows, attention.q.weight, attention.q.bias)
                                   .view({-1, side * side, heads, head})
                                   .transpose(1, 2);
    const at::Tensor seen =
        attend(queries * scale, pairs[0], pairs[1], position_bias(attention.table, permuted_),
               attention.shifted ? pass.mask : at::Tensor());
    return at::linear(seen.transpose(1, 2).flatten(2), attention.proj.weight, attention.proj.bias);
  });
}

at::Tensor SrFormer::through_block(const PermutedBlock& block, const at::Tensor& pixels,
                                   const Pass& pass) const {
  const at::Tensor middle =
      pixels +
      kept(attended(block.attention, normalized(pixels, block.norm1), pass), block.branch, pass);
  return middle +
         kept(through(block.perceptron, normalized(middle, block.norm2)), block.branch + 1, pass);
}

at::Tensor SrFormer::body(const at::Tensor& pixels, const Pass& pass) const {
  return through_groups(groups_, pixels, [&](const PermutedBlock& block, const at::Tensor& inside) {
    const auto whole = [this, &block, pass](const at::Tensor& input) {
      return through_block(block, input, pass);
    };
    return computed(block.parameters, whole, inside);
  });
}

}  // namespace

std::unique_ptr<Network> make_network(const arch::SrFormerOptions& options, int scale,
                                      std::uint64_t seed) {
  return std::make_unique<SrFormer>(options, scale, seed);
}

}  // namespace sr
