#include "nn/mosr.h"

#include <memory>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "core/random.h"
#include "nn/activated_conv.h"
#include "nn/dysample.h"
#include "nn/initialization.h"
#include "nn/mish.h"
#include "nn/normalized_conv.h"

namespace sr {
namespace {

using Upsampler = arch::MosrOptions::Upsampler;

constexpr double kDeviation = 0.02;
constexpr double kShift = 0.5;
constexpr int kEnsemble = 8;

class Mosr final : public Network {
 public:
  Mosr(const arch::MosrOptions& options, int scale, std::uint64_t seed);
  at::Tensor forward(const at::Tensor& lq) const override;

 private:
  struct Block {
    Layer norm, widen, depthwise, narrow;
  };

  Layer add_default(const std::string& name, at::IntArrayRef shape);
  /// Small weights and no bias, as in the gated blocks.
  Layer add_small(const std::string& name, at::IntArrayRef shape);
  Block add_block(const std::string& name, const arch::MosrOptions& options);
  void add_upsampler(const arch::MosrOptions& options);
  at::Tensor body(const at::Tensor& lq) const;
  at::Tensor upsampled(const at::Tensor& features) const;

  Upsampler upsampler_;
  at::Generator generator_;
  Layer first_;
  std::vector<Block> blocks_;
  Layer widen_, narrow_, last_;                         ///< behind the blocks
  Layer short_first_, short_second_, short_pointwise_;  ///< the way past the blocks
  Layer to_image_;
  std::unique_ptr<DySampler> sampler_;  ///< with dysample
};

Mosr::Mosr(const arch::MosrOptions& options, int scale, std::uint64_t seed)
    : Network(scale),
      upsampler_(options.upsampler),
      generator_(at::make_generator<at::CPUGeneratorImpl>(hash(seed, 0, Stream::kNetworkInit))) {
  const std::int64_t dim = options.dim;
  first_ = add_default("gblocks.0", {dim, options.in_ch, 3, 3});
  for (int i = 1; i <= options.n_block; ++i) {
    blocks_.push_back(add_block("gblocks." + std::to_string(i) + ".", options));
  }
  const auto after_blocks = [&](int index) {
    return "gblocks." + std::to_string(options.n_block + index);
  };
  widen_ = add_default(after_blocks(1), {2 * dim, dim, 3, 3});
  narrow_ = add_default(after_blocks(3), {dim, 2 * dim, 3, 3});
  last_ = add_default(after_blocks(5), {dim, dim, 1, 1});
  short_first_ = add_default("shortcut.block.0", {dim, options.in_ch, 3, 3});
  short_second_ = add_default("shortcut.block.2", {dim, dim, 3, 3});
  short_pointwise_ = add_default("shortcut.conv11", {dim, options.in_ch, 1, 1});
  add_upsampler(options);
}

Layer Mosr::add_default(const std::string& name, at::IntArrayRef shape) {
  return add_layer(name, default_layer(shape, true, generator_));
}

Layer Mosr::add_small(const std::string& name, at::IntArrayRef shape) {
  return add_layer(name,
                   {truncated_normal(shape, kDeviation, generator_), torch::zeros({shape[0]})});
}

Mosr::Block Mosr::add_block(const std::string& name, const arch::MosrOptions& options) {
  const std::int64_t dim = options.dim;
  const auto hidden = static_cast<std::int64_t>(options.expansion_ratio * options.dim);
  const auto mixed = static_cast<std::int64_t>(options.conv_ratio * options.dim);
  Block block;
  block.norm = add_layer(name + "norm", {torch::ones({dim}), torch::zeros({dim})});
  block.widen = add_small(name + "fc1", {2 * hidden, dim, 3, 3});
  block.depthwise = add_small(name + "conv", {mixed, 1, options.kernel_size, options.kernel_size});
  block.narrow = add_small(name + "fc2", {dim, hidden, 3, 3});
  return block;
}

void Mosr::add_upsampler(const arch::MosrOptions& options) {
  const std::int64_t dim = options.dim;
  const std::int64_t shuffled = std::int64_t{options.in_ch} * scale_ * scale_;
  switch (upsampler_) {
    case Upsampler::kPixelShuffle:
      to_image_ = add_default("upsampler.0", {shuffled, dim, 3, 3});
      break;
    case Upsampler::kGeoEnsemble:
      to_image_ = add_default("upsampler.in_to_k", {kEnsemble * shuffled, dim, 3, 3});
      break;
    case Upsampler::kDySample:
      sampler_ = std::make_unique<DySampler>(
          DySampler::Settings{dim, options.out_ch, scale_, /*groups=*/4}, generator_);
      add_part("upsampler.", *sampler_);
      break;
  }
}

at::Tensor conv3x3(const at::Tensor& features, const Layer& layer) {
  return at::conv2d(features, layer.weight, layer.bias, /*stride=*/1, /*padding=*/1);
}

at::Tensor conv1x1(const at::Tensor& features, const Layer& layer) {
  return at::conv2d(features, layer.weight, layer.bias);
}

at::Tensor Mosr::body(const at::Tensor& lq) const {
  at::Tensor features = conv3x3(lq, first_);
  for (const Block& block : blocks_) {
    const at::Tensor wide = normalized_conv3x3(features, block.norm, block.widen);
    const at::Tensor& kernel = block.depthwise.weight;
    const std::int64_t channels = kernel.size(0);
    const at::Tensor mixed =
        at::conv2d(wide.narrow(1, wide.size(1) - channels, channels), kernel, block.depthwise.bias,
                   /*stride=*/1, kernel.size(2) / 2, /*dilation=*/1, /*groups=*/channels);
    features = fast_mish(mish_gated_conv3x3(wide, mixed, block.narrow)).add_(features).sub_(kShift);
  }
  features = activated_conv3x3(conv3x3(features, widen_), SmoothActivation::kMish, narrow_);
  return conv1x1(fast_mish(features), last_);
}

at::Tensor Mosr::upsampled(const at::Tensor& features) const {
  if (upsampler_ == Upsampler::kDySample) {
    return (*sampler_)(features);
  }
  Layer layer = to_image_;
  if (upsampler_ == Upsampler::kGeoEnsemble) {
    const at::Tensor& all = to_image_.weight;
    layer.weight = all.view({kEnsemble, -1, all.size(1), 3, 3}).mean(0);
    layer.bias = to_image_.bias.view({kEnsemble, -1}).mean(0);
  }
  return at::pixel_shuffle(conv3x3(features, layer), scale_);
}

at::Tensor Mosr::forward(const at::Tensor& lq) const {
  const at::Tensor shortcut = fast_mish(
      activated_conv3x3(conv3x3(lq, short_first_), SmoothActivation::kMish, short_second_));
  const at::Tensor features =
      body(lq).add_(shortcut).add_(conv1x1(lq, short_pointwise_)).sub_(kShift);
  return upsampled(features).to(lq.scalar_type());
}

}  // namespace

std::unique_ptr<Network> make_network(const arch::MosrOptions& options, int scale,
                                      std::uint64_t seed) {
  return std::make_unique<Mosr>(options, scale, seed);
}

}  // namespace sr
