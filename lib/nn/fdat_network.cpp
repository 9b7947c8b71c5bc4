#include "nn/fdat_network.h"

#include <cmath>
#include <utility>

#include <torch/torch.h>

namespace sr {

using arch::FdatBlock;

FdatNetwork::FdatNetwork(const arch::FdatBody& options, int scale, std::uint64_t seed)
    : BlockNetwork({.features = options.embed_dim,
                    .depths = std::vector<int>(static_cast<std::size_t>(options.num_groups),
                                               options.depth()),
                    .drop_path_rate = options.drop_path_rate,
                    .computed_twice = options.use_checkpoint},
                   scale, seed),
      body_(options),
      window_{options.window_size, options.window_size} {}

Layer FdatNetwork::add_weight(const std::string& name, at::IntArrayRef shape) {
  return add_layer(name, {truncated_normal(shape, kDeviation, generator()), {}});
}

Layer FdatNetwork::add_begun_small(const std::string& name, at::IntArrayRef shape) {
  return add_layer(name,
                   {truncated_normal(shape, kDeviation, generator()), torch::zeros({shape[0]})});
}

void FdatNetwork::add_groups(int factor) {
  const std::int64_t dim = body_.embed_dim;
  const std::vector<FdatBlock>& pattern = body_.group_block_pattern;
  int index = 0;
  for (int i = 0; i < body_.num_groups; ++i) {
    const std::string name = "groups." + std::to_string(i) + ".";
    Group group;
    for (int k = 0; k < body_.depth(); ++k, ++index) {
      group.blocks.push_back(add_block(name + "blocks." + std::to_string(k) + ".",
                                       pattern[static_cast<std::size_t>(k) % pattern.size()],
                                       drop_rate_of(index)));
    }
    group.last = add_weight(name + "conv", {dim, dim, 3, 3});
    groups_.push_back(std::move(group));
  }
  after_ = add_weight("conv_after", {dim, dim, 3, 3});
  upsampler_ = std::make_unique<UniUpsampler>(
      UniUpsampler::Settings{body_.upsampler_type, factor, body_.embed_dim, body_.num_out_ch,
                             body_.mid_dim, kDeviation},
      generator());
  add_part("upsampler.", *upsampler_);
}

void FdatNetwork::add_attention(const std::string& name, TwoKinds& block) {
  const int dim = body_.embed_dim;
  const std::int64_t heads = body_.num_heads;
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

FdatNetwork::TwoKinds FdatNetwork::add_block(const std::string& name, FdatBlock kind,
                                             double drop_rate) {
  const int dim = body_.embed_dim;
  const int squeezed = dim / body_.aim_reduction_ratio;
  const int inside = static_cast<int>(dim * body_.ffn_expansion_ratio);
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

namespace {

/// A 1x1 convolution of pixels [..., C].
at::Tensor pointwise(const at::Tensor& pixels, const Layer& layer) {
  return at::linear(pixels, layer.weight.flatten(1));
}

}  // namespace

at::Tensor FdatNetwork::near(const at::Tensor& pixels, const Layer& depthwise) {
  return convolved(pixels.permute({0, 3, 1, 2}), depthwise).permute({0, 2, 3, 1});
}

at::Tensor FdatNetwork::of_windows(const TwoKinds& block, const at::Tensor& pixels) const {
  const std::int64_t side = window_.height;
  const std::int64_t bottom = (side - pixels.size(1) % side) % side;
  const std::int64_t right = (side - pixels.size(2) % side) % side;
  const at::Tensor padded =
      bottom + right > 0 ? at::constant_pad_nd(pixels, {0, 0, 0, right, 0, bottom}) : pixels;
  const std::int64_t heads = body_.num_heads;
  const std::int64_t head = body_.embed_dim / heads;
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

at::Tensor FdatNetwork::of_features(const TwoKinds& block, const at::Tensor& pixels) const {
  const std::int64_t heads = body_.num_heads;
  const at::Tensor qkv = at::linear(pixels, block.qkv.weight)
                             .view({pixels.size(0), pixels.size(1) * pixels.size(2), 3, heads,
                                    body_.embed_dim / heads})
                             .permute({2, 0, 3, 4, 1});
  const at::Tensor joined = attend_features(qkv[0], qkv[1], qkv[2], block.temperature)
                                .flatten(1, 2)
                                .transpose(1, 2)
                                .reshape(pixels.sizes());
  return at::linear(joined, block.proj.weight, block.proj.bias);
}

at::Tensor FdatNetwork::attended(const TwoKinds& block, const at::Tensor& pixels) const {
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

at::Tensor FdatNetwork::perceptron(const TwoKinds& block, const at::Tensor& pixels) {
  const at::Tensor wide = at::gelu(at::linear(pixels, block.widen.weight));
  return at::linear(near(wide, block.mix), block.narrow.weight);
}

at::Tensor FdatNetwork::through_block(const TwoKinds& block, const at::Tensor& pixels,
                                      const Pass& pass) const {
  const at::Tensor middle =
      pixels + kept(attended(block, normalized(pixels, block.norm1)), block.branch, pass);
  return middle + kept(perceptron(block, normalized(middle, block.norm2)), block.branch + 1, pass);
}

at::Tensor FdatNetwork::enlarged(const at::Tensor& first, const Pass& pass) const {
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
  return (*upsampler_)(convolved(features, after_) + first);
}

}  // namespace sr
