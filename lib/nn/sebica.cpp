#include "nn/sebica.h"

#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include <torch/torch.h>

#include "nn/batch_norm.h"
#include "nn/bilinear.h"
#include "nn/conv_network.h"
#include "nn/convolved.h"
#include "nn/plain_operators.h"

namespace sr {
namespace {

using arch::SebicaOptions;

/// The largest feature of each pixel; the gradient is that of the first of several. A recorder
/// knows the operator without the places alone.
at::Tensor largest_feature(const at::Tensor& features) {
  return plain_operators() ? features.amax(1, /*keepdim=*/true)
                           : std::get<0>(features.max(1, /*keepdim=*/true));
}

class Sebica final : public ConvNetwork {
 public:
  Sebica(const SebicaOptions& options, int scale, std::uint64_t seed);
  at::Tensor forward(const at::Tensor& lq) const override { return run(lq, Statistics::kRunning); }
  at::Tensor training_forward(const at::Tensor& lq, const at::Tensor& /*kept*/) const override {
    return run(lq, mixes_samples_ ? Statistics::kBatch : Statistics::kRunning);
  }

 private:
  struct NormedConv {
    Layer conv;
    std::optional<BatchNorm> norm;

    at::Tensor operator()(const at::Tensor& features, Statistics statistics) const {
      return (*norm)(convolved(features, conv), statistics);
    }
  };
  struct Block {
    NormedConv widen, narrow;          ///< in front of the attention
    NormedConv ffn_widen, ffn_narrow;  ///< behind it
    at::Tensor places;                 ///< attention of places, [1, 2, 7, 7]
    std::vector<at::Tensor> channels;  ///< of channels, forwards and backwards, [1, 1, 3]
    std::optional<BatchNorm> first_norm, second_norm;
  };

  NormedConv add_normed(const std::string& prefix, int index, at::IntArrayRef shape);
  Block add_block(const std::string& name, std::int64_t features);
  static at::Tensor attended(const Block& block, const at::Tensor& features);
  static at::Tensor through(const Block& block, const at::Tensor& features, Statistics statistics);
  at::Tensor run(const at::Tensor& lq, Statistics statistics) const;

  bool mixes_samples_;
  NormedConv first_;
  std::vector<Block> blocks_;
  Layer last_;
};

Sebica::Sebica(const SebicaOptions& options, int scale, std::uint64_t seed)
    : ConvNetwork(scale, seed), mixes_samples_(options.mixes_samples()) {
  const std::int64_t features = options.features;
  first_ = add_normed("head.", 0, {features, arch::kRgb, 3, 3});
  for (int i = 0; i < SebicaOptions::kBlocks; ++i) {
    blocks_.push_back(add_block("body." + std::to_string(i) + ".", features));
  }
  last_ = add_conv("tail.0", {std::int64_t{arch::kRgb} * scale * scale, features, 1, 1});
}

Sebica::NormedConv Sebica::add_normed(const std::string& prefix, int index, at::IntArrayRef shape) {
  NormedConv layer;
  layer.conv = add_conv(prefix + std::to_string(index), shape);
  layer.norm.emplace(shape[0]);
  add_part(prefix + std::to_string(index + 1) + ".", *layer.norm);
  return layer;
}

Sebica::Block Sebica::add_block(const std::string& name, std::int64_t features) {
  constexpr std::int64_t kSide = 7;
  constexpr std::int64_t kNeighbours = 3;
  constexpr int kNarrow = 3;  ///< index in a sequence
  Block block;
  const std::string pre = name + "pre_mixer.conv.";
  block.widen = add_normed(pre, 0, {2 * features, features, 1, 1});
  block.narrow = add_normed(pre, kNarrow, {features, 2 * features, 3, 3});
  const std::string post = name + "post_mixer.ffn.";
  block.ffn_widen = add_normed(post, 0, {2 * features, features, 1, 1});
  block.ffn_narrow = add_normed(post, kNarrow, {features, 2 * features, 1, 1});
  const std::string attention = name + "attn.";
  block.places =
      add_conv(attention + "spatial_attention.0", {1, 2, kSide, kSide}, /*bias=*/false).weight;
  for (const char* direction : {"forward", "backward"}) {
    block.channels.push_back(add_conv(attention + "channel_attention_" + direction + ".1",
                                      {1, 1, kNeighbours}, /*bias=*/false)
                                 .weight);
  }
  block.first_norm.emplace(features);
  add_part(name + "norm1.", *block.first_norm);
  block.second_norm.emplace(features);
  add_part(name + "norm2.", *block.second_norm);
  return block;
}

at::Tensor Sebica::attended(const Block& block, const at::Tensor& features) {
  const at::Tensor summary =
      at::cat({features.mean(at::IntArrayRef{1}, /*keepdim=*/true), largest_feature(features)}, 1);
  const at::Tensor places = at::sigmoid(convolved(summary, {block.places, {}}));
  // A kernel of three on one number: its middle alone counts.
  const at::Tensor mean = features.mean(at::IntArrayRef{1, 2, 3}, /*keepdim=*/true);
  at::Tensor channels;
  for (const at::Tensor& kernel : block.channels) {
    const at::Tensor middle = kernel.narrow(2, kernel.size(2) / 2, 1).unsqueeze(3);
    const at::Tensor share = at::sigmoid(mean * middle) / 2;
    channels = channels.defined() ? channels + share : share;
  }
  return features * places * channels;
}

at::Tensor Sebica::through(const Block& block, const at::Tensor& features, Statistics statistics) {
  const at::Tensor mixed =
      at::relu(block.narrow(at::relu(block.widen(features, statistics)), statistics));
  const at::Tensor seen = attended(block, (*block.first_norm)(mixed, statistics));
  const at::Tensor fed =
      block.ffn_narrow(at::gelu(block.ffn_widen(seen, statistics)), statistics) + seen;
  return (*block.second_norm)(fed, statistics) + features;
}

at::Tensor Sebica::run(const at::Tensor& lq, Statistics statistics) const {
  at::Tensor features = at::relu(first_(lq, statistics));
  for (const Block& block : blocks_) {
    features = through(block, features, statistics);
  }
  const at::Tensor base = resize_bilinear(lq, lq.size(2) * scale_, lq.size(3) * scale_);
  return (at::pixel_shuffle(convolved(features, last_), scale_) + base).to(lq.scalar_type());
}

}  // namespace

std::unique_ptr<Network> make_network(const arch::SebicaOptions& options, int scale,
                                      std::uint64_t seed) {
  return std::make_unique<Sebica>(options, scale, seed);
}

}  // namespace sr
