#include "nn/mosrv2.h"

#include <array>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "core/random.h"
#include "nn/activated_conv.h"
#include "nn/bilinear.h"
#include "nn/fold.h"
#include "nn/initialization.h"
#include "nn/mish.h"
#include "nn/normalized_conv.h"
#include "nn/uni_upsampler.h"

namespace sr {
namespace {

constexpr double kDeviation = 0.02;
constexpr double kEpsilon = 1e-6;
constexpr std::int64_t kBand = 11;  ///< length of the oblong kernels
constexpr int kBranchShare = 8;     ///< a depthwise kernel sees dim / 8 features

class MosrV2 final : public Network {
 public:
  MosrV2(const arch::MosrV2Options& options, int scale, std::uint64_t seed);
  at::Tensor forward(const at::Tensor& lq) const override;

 private:
  struct Block {
    at::Tensor gamma;
    Layer norm, widen;
    std::array<Layer, 3> branches;  ///< 3x3, 1 x 11, 11 x 1
    Layer narrow;
  };

  Layer add_default(const std::string& name, at::IntArrayRef shape);
  /// Small weights and no bias, as in the gated blocks.
  Layer add_small(const std::string& name, at::IntArrayRef shape);
  Block add_block(const std::string& name, const arch::MosrV2Options& options);
  at::Tensor widened(const at::Tensor& features, const Block& block) const;
  at::Tensor through_block(const at::Tensor& features, const Block& block) const;

  bool rms_norm_;
  std::int64_t fold_;  ///< of the pixel unshuffle; 1 = none
  at::Generator generator_;
  Layer first_;
  std::vector<Block> blocks_;
  Layer widen_, narrow_, last_;  ///< behind the blocks
  std::unique_ptr<UniUpsampler> upsampler_;
};

MosrV2::MosrV2(const arch::MosrV2Options& options, int scale, std::uint64_t seed)
    : Network(scale),
      rms_norm_(options.rms_norm),
      fold_(options.unshuffle_mod && scale <= 2 ? 4 / scale : 1),
      generator_(at::make_generator<at::CPUGeneratorImpl>(hash(seed, 0, Stream::kNetworkInit))) {
  const std::int64_t dim = options.dim;
  // Indices of the sequence; the pixel unshuffle takes one.
  int index = fold_ > 1 ? 1 : 0;
  const auto next = [&](int modules) {
    const std::string name = "gblocks." + std::to_string(index);
    index += modules;
    return name;
  };
  first_ = add_default(next(1), {dim, options.in_ch * fold_ * fold_, 3, 3});
  for (int i = 0; i < options.n_block; ++i) {
    blocks_.push_back(add_block(next(1) + ".", options));
  }
  widen_ = add_default(next(2), {2 * dim, dim, 3, 3});
  narrow_ = add_default(next(2), {dim, 2 * dim, 3, 3});
  last_ = add_default(next(1), {dim, dim, 1, 1});
  upsampler_ = std::make_unique<UniUpsampler>(
      UniUpsampler::Settings{options.upsampler, fold_ > 1 ? 4 : scale, options.dim, options.in_ch,
                             options.mid_dim},
      generator_);
  add_part("to_img.", *upsampler_);
}

Layer MosrV2::add_default(const std::string& name, at::IntArrayRef shape) {
  return add_layer(name, default_layer(shape, true, generator_));
}

Layer MosrV2::add_small(const std::string& name, at::IntArrayRef shape) {
  return add_layer(name,
                   {truncated_normal(shape, kDeviation, generator_), torch::zeros({shape[0]})});
}

MosrV2::Block MosrV2::add_block(const std::string& name, const arch::MosrV2Options& options) {
  const std::int64_t dim = options.dim;
  const auto hidden = static_cast<std::int64_t>(options.expansion_ratio * options.dim);
  const std::int64_t branch = dim / kBranchShare;
  Block block;
  block.gamma = add_parameter(name + "gamma", torch::ones({1, dim, 1, 1}));
  if (rms_norm_) {
    block.norm.weight = add_parameter(name + "norm.scale", torch::ones({dim, 1, 1}));
    block.norm.bias = add_parameter(name + "norm.offset", torch::zeros({dim, 1, 1}));
  } else {
    block.norm = add_layer(name + "norm", {torch::ones({dim}), torch::zeros({dim})});
  }
  block.widen = add_small(name + "fc1", {2 * hidden, dim, 3, 3});
  block.branches = {add_small(name + "conv.dwconv_hw", {branch, 1, 3, 3}),
                    add_small(name + "conv.dwconv_w", {branch, 1, 1, kBand}),
                    add_small(name + "conv.dwconv_h", {branch, 1, kBand, 1})};
  block.narrow = add_small(name + "fc2", {dim, hidden, 3, 3});
  return block;
}

at::Tensor conv3x3(const at::Tensor& features, const Layer& layer) {
  return at::conv2d(features, layer.weight, layer.bias, /*stride=*/1, /*padding=*/1);
}

at::Tensor depthwise(const at::Tensor& features, const Layer& layer) {
  const std::array<std::int64_t, 2> padding{layer.weight.size(2) / 2, layer.weight.size(3) / 2};
  return at::conv2d(features, layer.weight, layer.bias, /*stride=*/1, padding, /*dilation=*/1,
                    layer.weight.size(0));
}

at::Tensor MosrV2::widened(const at::Tensor& features, const Block& block) const {
  if (!rms_norm_) {
    return normalized_conv3x3(features, block.norm, block.widen);
  }
  const double root = std::sqrt(static_cast<double>(features.size(1)));
  const at::Tensor deviation =
      features.norm(2, at::IntArrayRef{1}, /*keepdim=*/true) / root + kEpsilon;
  return conv3x3(at::addcmul(block.norm.bias, block.norm.weight, features / deviation),
                 block.widen);
}

at::Tensor MosrV2::through_block(const at::Tensor& features, const Block& block) const {
  const at::Tensor wide = widened(features, block);
  const std::int64_t branch = block.branches[0].weight.size(0);
  std::vector<at::Tensor> parts;
  for (std::int64_t i = 0; i < 3; ++i) {
    parts.push_back(depthwise(wide.narrow(1, wide.size(1) - (3 - i) * branch, branch),
                              block.branches[static_cast<std::size_t>(i)]));
  }
  const at::Tensor inside = fast_mish(mish_gated_conv3x3(wide, at::cat(parts, 1), block.narrow));
  return at::addcmul(features, inside, block.gamma);
}

at::Tensor MosrV2::forward(const at::Tensor& lq) const {
  const at::Tensor images = pad_to_multiple(lq, fold_);
  at::Tensor features =
      fold_ > 1 ? unshuffled_conv(images, first_, fold_) : conv3x3(images, first_);
  for (const Block& block : blocks_) {
    features = through_block(features, block);
  }
  features = activated_conv3x3(conv3x3(features, widen_), SmoothActivation::kMish, narrow_);
  features = at::conv2d(fast_mish(features), last_.weight, last_.bias);
  const at::Tensor upscaled =
      resize_bilinear(images, images.size(2) * scale_, images.size(3) * scale_);
  return ((*upsampler_)(features) + upscaled)
      .narrow(2, 0, lq.size(2) * scale_)
      .narrow(3, 0, lq.size(3) * scale_)
      .to(lq.scalar_type());
}

}  // namespace

std::unique_ptr<Network> make_network(const arch::MosrV2Options& options, int scale,
                                      std::uint64_t seed) {
  return std::make_unique<MosrV2>(options, scale, seed);
}

}  // namespace sr
