#include "nn/fdat.h"

#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <torch/torch.h>

#include "nn/block_network.h"
#include "nn/fold.h"
#include "nn/uni_upsampler.h"
#include "nn/window_attention.h"

namespace sr {
namespace {

using arch::FdatBlock;

constexpr double kDeviation = 0.02;

class Fdat final : public BlockNetwork {
 public:
  Fdat(const arch::FdatOptions& options, int scale, std::uint64_t seed);
  at::Tensor forward(const at::Tensor& lq) const override { return run(lq, {}); }
  at::Tensor training_forward(const at::Tensor& lq, const at::Tensor& kept) const override {
    return run(lq, {kept});
  }
  int size_multiple() const override { return static_cast<int>(window_.height * fold_); }

 private:
  struct TwoKinds {
    FdatBlock kind = FdatBlock::kSpatial;
    Layer norm1, norm2;
    at::Tensor bias;         ///< of spatial attention, [heads, area, area]
    at::Tensor temperature;  ///< of channel attention, [heads, 1, 1]
    Layer qkv, proj, depthwise;
    Layer pixel_gate;       ///< of channel blocks; files of spatial ones hold it, too
    Layer squeeze, excite;  ///< of spatial blocks; files of channel ones hold them, too
    Layer widen, narrow, mix;
    std::size_t branch = 0;  ///< of the first half; the second's is the next
    Parameters parameters;
  };
  struct Group {
    std::vector<TwoKinds> blocks;
    Layer last;
  };

  Layer add_weight(const std::string& name, at::IntArrayRef shape);
  void add_attention(const std::string& name, TwoKinds& block);
  TwoKinds add_block(const std::string& name, FdatBlock kind, double drop_rate);

  at::Tensor run(const at::Tensor& lq, const Pass& pass) const;
  at::Tensor of_windows(const TwoKinds& block, const at::Tensor& pixels) const;
  at::Tensor of_features(const TwoKinds& block, const at::Tensor& pixels) const;
  at::Tensor attended(const TwoKinds& block, const at::Tensor& pixels) const;
  static at::Tensor near(const at::Tensor& pixels, const Layer& depthwise);
  static at::Tensor perceptron(const TwoKinds& block, const at::Tensor& pixels);
  at::Tensor through_block(const TwoKinds& block, const at::Tensor& pixels, const Pass& pass) const;

  arch::FdatOptions options_;
  Window window_;
  std::int64_t fold_;  ///< of the pixel unshuffle; 1 = none
  Layer first_, after_;
  std::vector<Group> groups_;
  std::unique_ptr<UniUpsampler> upsampler_;
};

int depth_of(const arch::FdatOptions& options) {
  return options.depth_per_group * static_cast<int>(options.group_block_pattern.size());
}

Fdat::Fdat(const arch::FdatOptions& options, int scale, std::uint64_t seed)
    : BlockNetwork({.features = options.embed_dim,
                    .depths = std::vector<int>(static_cast<std::size_t>(options.num_groups),
                                               depth_of(options)),
                    .drop_path_rate = options.drop_path_rate,
                    .computed_twice = options.use_checkpoint},
                   scale, seed),
      options_(options),
      window_{options.window_size, options.window_size},
      fold_(options.fold(scale)) {
  const std::int64_t dim = options.embed_dim;
  const std::vector<FdatBlock>& pattern = options.group_block_pattern;
  // The pixel unshuffle takes an index.
  first_ = add_layer(
      fold_ > 1 ? "conv_first.1" : "conv_first",
      {truncated_normal({dim, options.num_in_ch * fold_ * fold_, 3, 3}, kDeviation, generator()),
       torch::zeros({dim})});
  int index = 0;
  for (int i = 0; i < options.num_groups; ++i) {
    const std::string name = "groups." + std::to_string(i) + ".";
    Group group;
    for (int k = 0; k < depth_of(options); ++k, ++index) {
      group.blocks.push_back(add_block(name + "blocks." + std::to_string(k) + ".",
                                       pattern[static_cast<std::size_t>(k) % pattern.size()],
                                       drop_rate_of(index)));
    }
    group.last = add_weight(name + "conv", {dim, dim, 3, 3});
    groups_.push_back(std::move(group));
  }
  after_ = add_weight("conv_after", {dim, dim, 3, 3});
  upsampler_ = std::make_unique<UniUpsampler>(
      UniUpsampler::Settings{options.upsampler_type, fold_ > 1 ? 4 : scale, options.embed_dim,
                             options.num_out_ch, options.mid_dim, kDeviation},
      generator());
  add_part("upsampler.", *upsampler_);
}

Layer Fdat::add_weight(const std::string& name, at::IntArrayRef shape) {
  return add_layer(name, {truncated_normal(shape, kDeviation, generator()), {}});
}

void Fdat::add_attention(const std::string& name, TwoKinds& block) {
  const int dim = options_.embed_dim;
  const std::int64_t heads = options_.num_heads;
  const std::int64_t area = window_.area();
  if (block.kind == FdatBlock::kSpatial) {
    block.bias = add_parameter(name + "bias",
                               truncated_normal({heads, area, area}, kDeviation, generator()));
  } else {
    block.temperature = add_parameter(name + "temp", torch::ones({heads, 1, 1}));
  }
  block.qkv = add_linear(name + "qkv", dim, 3 * dim, /*bias=*/false);
  block.proj = add_linear(name + "proj", dim, dim);
}

Fdat::TwoKinds Fdat::add_block(const std::string& name, FdatBlock kind, double drop_rate) {
  const int dim = options_.embed_dim;
  const int squeezed = dim / options_.aim_reduction_ratio;
  const int inside = static_cast<int>(dim * options_.ffn_expansion_ratio);
  TwoKinds block;
  block.kind = kind;
  block.parameters.begin = parameters().size();
  block.norm1 = add_norm(name + "n1", dim);
  block.norm2 = add_norm(name + "n2", dim);
  add_attention(name + "attn.", block);
  block.depthwise = add_weight(name + "conv.0", {dim, 1, 3, 3});
  block.pixel_gate = add_weight(name + "inter.sg.0", {1, dim, 1, 1});
  block.squeeze = add_weight(name + "inter.cg.1", {squeezed, dim, 1, 1});
  block.excite = add_weight(name + "inter.cg.3", {dim, squeezed, 1, 1});
  block.widen = add_linear(name + "ffn.fc1", dim, inside, /*bias=*/false);
  block.narrow = add_linear(name + "ffn.fc2", inside, dim, /*bias=*/false);
  block.mix = add_weight(name + "ffn.smix", {inside, 1, 3, 3});
  block.parameters.end = parameters().size();
  block.branch = add_branch(drop_rate);
  add_branch(drop_rate);
  return block;
}

/// A 1x1 convolution of pixels [..., C].
at::Tensor pointwise(const at::Tensor& pixels, const Layer& layer) {
  return at::linear(pixels, layer.weight.flatten(1));
}

at::Tensor Fdat::near(const at::Tensor& pixels, const Layer& depthwise) {
  return convolved(pixels.permute({0, 3, 1, 2}), depthwise).permute({0, 2, 3, 1});
}

at::Tensor Fdat::of_windows(const TwoKinds& block, const at::Tensor& pixels) const {
  const std::int64_t side = window_.height;
  const std::int64_t bottom = (side - pixels.size(1) % side) % side;
  const std::int64_t right = (side - pixels.size(2) % side) % side;
  const at::Tensor padded =
      bottom + right > 0 ? at::constant_pad_nd(pixels, {0, 0, 0, right, 0, bottom}) : pixels;
  const std::int64_t heads = options_.num_heads;
  const std::int64_t head = options_.embed_dim / heads;
  const at::Tensor qkv = at::linear(to_windows(padded, window_), block.qkv.weight)
                             .view({-1, window_.area(), 3, heads, head})
                             .permute({2, 0, 3, 1, 4});
  const double scale = 1 / std::sqrt(static_cast<double>(head));
  const at::Tensor windows = attend(qkv[0] * scale, qkv[1], qkv[2], block.bias, {});
  const at::Tensor joined =
      at::linear(windows.transpose(1, 2).flatten(2), block.proj.weight, block.proj.bias);
  return from_windows(joined, window_, padded.sizes())
      .narrow(1, 0, pixels.size(1))
      .narrow(2, 0, pixels.size(2));
}

at::Tensor Fdat::of_features(const TwoKinds& block, const at::Tensor& pixels) const {
  const std::int64_t heads = options_.num_heads;
  const at::Tensor qkv = at::linear(pixels, block.qkv.weight)
                             .view({pixels.size(0), pixels.size(1) * pixels.size(2), 3, heads,
                                    options_.embed_dim / heads})
                             .permute({2, 0, 3, 4, 1});
  const at::Tensor joined = attend_features(qkv[0], qkv[1], qkv[2], block.temperature)
                                .flatten(1, 2)
                                .transpose(1, 2)
                                .reshape(pixels.sizes());
  return at::linear(joined, block.proj.weight, block.proj.bias);
}

at::Tensor Fdat::attended(const TwoKinds& block, const at::Tensor& pixels) const {
  const at::Tensor local = at::gelu(near(pixels, block.depthwise));
  if (block.kind == FdatBlock::kSpatial) {
    const at::Tensor mean = local.mean(at::IntArrayRef{1, 2}, /*keepdim=*/true);
    const at::Tensor gate =
        pointwise(at::gelu(pointwise(mean, block.squeeze)), block.excite).sigmoid();
    return of_windows(block, pixels) * gate + local;
  }
  const at::Tensor attention = of_features(block, pixels);
  return attention + local * pointwise(attention, block.pixel_gate).sigmoid();
}

at::Tensor Fdat::perceptron(const TwoKinds& block, const at::Tensor& pixels) {
  const at::Tensor wide = at::gelu(at::linear(pixels, block.widen.weight));
  return at::linear(near(wide, block.mix), block.narrow.weight);
}

at::Tensor Fdat::through_block(const TwoKinds& block, const at::Tensor& pixels,
                               const Pass& pass) const {
  const at::Tensor middle =
      pixels + kept(attended(block, normalized(pixels, block.norm1)), block.branch, pass);
  return middle + kept(perceptron(block, normalized(middle, block.norm2)), block.branch + 1, pass);
}

at::Tensor Fdat::run(const at::Tensor& lq, const Pass& pass) const {
  const at::Tensor images = pad_to_multiple(lq, fold_);
  const at::Tensor first =
      fold_ > 1 ? unshuffled_conv(images, first_, fold_) : convolved(images, first_);
  at::Tensor features = first;
  for (const Group& group : groups_) {
    at::Tensor pixels = features.permute({0, 2, 3, 1}).contiguous();
    for (const TwoKinds& block : group.blocks) {
      pixels = computed(
          block.parameters,
          [this, &block, pass](const at::Tensor& input) {
            return through_block(block, input, pass);
          },
          pixels);
    }
    features = convolved(pixels.permute({0, 3, 1, 2}), group.last) + features;
  }
  return (*upsampler_)(convolved(features, after_) + first)
      .narrow(2, 0, lq.size(2) * scale_)
      .narrow(3, 0, lq.size(3) * scale_)
      .to(lq.scalar_type());
}

}  // namespace

std::unique_ptr<Network> make_network(const arch::FdatOptions& options, int scale,
                                      std::uint64_t seed) {
  return std::make_unique<Fdat>(options, scale, seed);
}

}  // namespace sr
