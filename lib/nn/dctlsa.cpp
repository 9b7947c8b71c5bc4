#include "nn/dctlsa.h"

#include <array>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <torch/torch.h>

#include "nn/batch_norm.h"
#include "nn/block_network.h"
#include "nn/fold.h"
#include "nn/window_attention.h"

namespace sr {
namespace {

constexpr std::size_t kModules = arch::DctlsaOptions::kModules;
constexpr std::size_t kLayersInModule = 2;
constexpr std::size_t kBlocksInLayer = 2;
constexpr Window kWindow{16, 16};
constexpr double kSlope = 0.05;

at::Tensor linear(const at::Tensor& pixels, const Layer& layer) {
  return at::linear(pixels, layer.weight, layer.bias);
}

/// Features are [N, C, H, W] between layers, pixels [N, H, W, C] inside.
class Dctlsa final : public BlockNetwork {
 public:
  Dctlsa(const arch::DctlsaOptions& options, int scale, std::uint64_t seed);

  at::Tensor forward(const at::Tensor& lq) const override { return run(lq, Statistics::kRunning); }
  at::Tensor training_forward(const at::Tensor& lq, const at::Tensor& /*kept*/) const override {
    return run(lq, options_.mixes_samples() ? Statistics::kBatch : Statistics::kRunning);
  }
  int size_multiple() const override { return static_cast<int>(kWindow.height); }

 private:
  struct Block {
    Layer qkv, proj;
    std::optional<BatchNorm> norm1, norm2;
    Layer narrow, depthwise, mixed;  ///< convolutions between and behind the norms
    Layer widen, last;               ///< the perceptron
    bool shifted = false;
  };
  struct BlockLayer {
    std::array<Block, kBlocksInLayer> blocks;
    Layer norm;
  };
  using Part = std::array<BlockLayer, kLayersInModule>;

  Layer add_plain_conv(const std::string& name, int inputs, int side);
  Block add_block(const std::string& name, bool shifted);
  BlockLayer add_block_layer(const std::string& name);

  at::Tensor attended(const Block& block, const at::Tensor& local) const;
  at::Tensor through(const Block& block, const at::Tensor& pixels, Statistics statistics) const;
  at::Tensor through(const BlockLayer& layer, const at::Tensor& features,
                     Statistics statistics) const;
  at::Tensor run(const at::Tensor& lq, Statistics statistics) const;

  arch::DctlsaOptions options_;
  Layer first_, joined_, after_, last_;
  std::array<Part, kModules> modules_;
  std::array<Layer, kModules - 1> narrowed_;  ///< of what the modules before have made
};

Dctlsa::Dctlsa(const arch::DctlsaOptions& options, int scale, std::uint64_t seed)
    : BlockNetwork({.features = options.nf, .depths = {}, .linear = LinearStart::kDefault}, scale,
                   seed),
      options_(options) {
  const int width = options.nf;
  first_ = add_conv("fea_conv", options.in_nc, width, 3);
  for (std::size_t i = 0; i < kModules; ++i) {
    for (std::size_t k = 0; k < kLayersInModule; ++k) {
      modules_[i][k] = add_block_layer(fmt::format("B{}.body.{}.transformer_body.0", i + 1, k));
    }
  }
  joined_ = add_conv("c.0", width * static_cast<int>(kModules), width, 1);
  for (std::size_t i = 0; i < narrowed_.size(); ++i) {
    narrowed_[i] =
        add_conv(fmt::format("c{}.0", i + 1), width * (static_cast<int>(i) + 2), width, 1);
  }
  after_ = add_conv("LR_conv", width, width, 3);
  last_ = add_conv("upsampler.0", width, options.out_nc * scale * scale, 3);
}

Layer Dctlsa::add_plain_conv(const std::string& name, int inputs, int side) {
  return add_conv(name, {options_.nf, inputs, side, side}, /*bias=*/false);
}

Dctlsa::Block Dctlsa::add_block(const std::string& name, bool shifted) {
  const int width = options_.nf;
  const std::string local = name + ".attn.local.";
  Block block;
  block.shifted = shifted;
  block.qkv = add_linear(name + ".attn.qkv", width, 3 * width);
  block.proj = add_linear(name + ".attn.proj", width, width);
  block.norm1.emplace(width);
  add_part(local + "pointwise_prenorm_0.", *block.norm1);
  block.narrow = add_plain_conv(local + "pointwise_conv_0", width, 1);
  block.depthwise = add_plain_conv(local + "depthwise_conv", 1, 3);
  block.norm2.emplace(width);
  add_part(local + "pointwise_prenorm_1.", *block.norm2);
  block.mixed = add_plain_conv(local + "pointwise_conv_1", width, 1);
  block.widen = add_linear(name + ".mlp.fc1", width, 2 * width);
  block.last = add_linear(name + ".mlp.fc2", 2 * width, width);
  return block;
}

Dctlsa::BlockLayer Dctlsa::add_block_layer(const std::string& name) {
  BlockLayer layer;
  for (std::size_t i = 0; i < kBlocksInLayer; ++i) {
    layer.blocks[i] = add_block(fmt::format("{}.blocks.{}", name, i), i % 2 == 1);
  }
  layer.norm = add_norm(name + ".patch_embed.norm", options_.nf);
  return layer;
}

/// softmax is taken of the keys alone, over the pixels of a window: no pair of pixels is compared.
at::Tensor Dctlsa::attended(const Block& block, const at::Tensor& local) const {
  const std::int64_t heads = options_.num_head;
  const std::int64_t head = options_.nf / heads;
  const at::Tensor qkv = to_windows(linear(local, block.qkv), kWindow)
                             .view({-1, kWindow.area(), 3, heads, head})
                             .permute({2, 0, 3, 1, 4});
  const at::Tensor found = at::matmul(at::softmax(qkv[1], 2).transpose(2, 3), qkv[2]);
  const double scale = 1 / std::sqrt(static_cast<double>(head));
  const at::Tensor seen = at::matmul(qkv[0] * scale, found).transpose(1, 2).flatten(2);
  return from_windows(linear(seen, block.proj), kWindow, local.sizes());
}

at::Tensor Dctlsa::through(const Block& block, const at::Tensor& pixels,
                           Statistics statistics) const {
  const std::int64_t shift = block.shifted ? kWindow.height / 2 : 0;
  const at::Tensor rolled = shift > 0 ? at::roll(pixels, {-shift, -shift}, {1, 2}) : pixels;
  const at::Tensor features = rolled.permute({0, 3, 1, 2});
  const at::Tensor inside =
      convolved(convolved((*block.norm1)(features, statistics), block.narrow), block.depthwise);
  const at::Tensor local =
      (convolved((*block.norm2)(inside, statistics), block.mixed) + features).permute({0, 2, 3, 1});
  const at::Tensor seen = attended(block, local) + local;
  const at::Tensor whole = shift > 0 ? at::roll(seen, {shift, shift}, {1, 2}) : seen;
  return whole + linear(at::gelu(linear(whole, block.widen)), block.last);
}

at::Tensor Dctlsa::through(const BlockLayer& layer, const at::Tensor& features,
                           Statistics statistics) const {
  const at::Tensor grown = pad_to_multiple(features, kWindow.height);
  at::Tensor pixels = normalized(grown.permute({0, 2, 3, 1}).contiguous(), layer.norm);
  for (const Block& block : layer.blocks) {
    pixels = through(block, pixels, statistics);
  }
  return pixels.permute({0, 3, 1, 2}).narrow(2, 0, features.size(2)).narrow(3, 0, features.size(3));
}

at::Tensor Dctlsa::run(const at::Tensor& lq, Statistics statistics) const {
  const at::Tensor first = convolved(lq, first_);
  std::vector<at::Tensor> all{first};
  at::Tensor input = first;
  for (std::size_t i = 0; i < kModules; ++i) {
    at::Tensor features = input;
    for (const BlockLayer& layer : modules_[i]) {
      features = through(layer, features, statistics);
    }
    all.push_back(features);
    if (i < narrowed_.size()) {
      input = at::leaky_relu(convolved(at::cat(all, 1), narrowed_[i]), kSlope);
    }
  }
  const at::Tensor made = at::cat(std::vector<at::Tensor>(all.begin() + 1, all.end()), 1);
  const at::Tensor body = at::leaky_relu(convolved(made, joined_), kSlope);
  return at::pixel_shuffle(convolved(convolved(body, after_) + first, last_), scale_)
      .to(lq.scalar_type());
}

}  // namespace

std::unique_ptr<Network> make_network(const arch::DctlsaOptions& options, int scale,
                                      std::uint64_t seed) {
  return std::make_unique<Dctlsa>(options, scale, seed);
}

}  // namespace sr
