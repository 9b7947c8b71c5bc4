#include "nn/realplksr.h"

#include <memory>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "core/random.h"
#include "nn/activated_conv.h"
#include "nn/dysample.h"
#include "nn/group_norm.h"
#include "nn/initialization.h"
#include "nn/large_kernel_conv.h"
#include "nn/normalized_conv.h"
#include "nn/pixel_shuffle.h"

namespace sr {
namespace {

constexpr double kDeviation = 0.02;
constexpr double kGroupNormEpsilon = 1e-5;

class RealPlksr final : public Network {
 public:
  RealPlksr(const arch::RealPlksrOptions& options, int scale, std::uint64_t seed);
  at::Tensor forward(const at::Tensor& lq) const override;

 private:
  struct Block {
    Layer norm;  ///< in front with LayerNorm, else behind
    Layer widen, narrow;
    Layer large;
    Layer attention;  ///< undefined without
    Layer refine;
  };

  Block add_block(const std::string& name, const arch::RealPlksrOptions& options);
  at::Tensor through_block(const at::Tensor& features, const Block& block) const;

  bool layer_norm_;
  std::int64_t groups_;
  at::Generator generator_;
  Layer first_, last_;
  std::vector<Block> blocks_;
  std::unique_ptr<DySampler> sampler_;  ///< null with pixel shuffle
};

RealPlksr::RealPlksr(const arch::RealPlksrOptions& options, int scale, std::uint64_t seed)
    : Network(scale),
      layer_norm_(options.layer_norm),
      groups_(options.norm_groups),
      generator_(at::make_generator<at::CPUGeneratorImpl>(hash(seed, 0, Stream::kNetworkInit))) {
  const std::int64_t dim = options.dim;
  first_ = add_layer("feats.0",
                     truncated_normal_layer({dim, options.in_ch, 3, 3}, kDeviation, generator_));
  for (int i = 1; i <= options.n_blocks; ++i) {
    blocks_.push_back(add_block("feats." + std::to_string(i) + ".", options));
  }
  const std::int64_t outputs = std::int64_t{options.out_ch} * scale * scale;
  last_ = add_layer("feats." + std::to_string(options.n_blocks + 2),
                    truncated_normal_layer({outputs, dim, 3, 3}, kDeviation, generator_));
  if (options.upsampler == arch::RealPlksrOptions::Upsampler::kDySample) {
    const DySampler::Settings settings{outputs, scale > 1 ? options.out_ch : 0, scale,
                                       scale % 2 != 0 ? options.out_ch : 4};
    sampler_ = std::make_unique<DySampler>(settings, generator_);
    add_part("to_img.", *sampler_);
  }
}

RealPlksr::Block RealPlksr::add_block(const std::string& name,
                                      const arch::RealPlksrOptions& options) {
  const std::int64_t dim = options.dim;
  const auto large = static_cast<std::int64_t>(options.dim * options.split_ratio);
  const Layer norm{torch::ones({dim}), torch::zeros({dim})};
  const auto drawn = [&](at::IntArrayRef shape) {
    return truncated_normal_layer(shape, kDeviation, generator_);
  };
  Block block;
  if (layer_norm_) {
    block.norm = add_layer(name + "layer_norm", norm);
  }
  block.widen =
      add_layer(name + "channel_mixer.0", default_layer({2 * dim, dim, 3, 3}, true, generator_));
  block.narrow = add_layer(name + "channel_mixer.2", drawn({dim, 2 * dim, 3, 3}));
  block.large =
      add_layer(name + "lk.conv", drawn({large, large, options.kernel_size, options.kernel_size}));
  if (options.use_ea) {
    block.attention = add_layer(name + "attn.f.0", drawn({dim, dim, 3, 3}));
  }
  block.refine = add_layer(name + "refine", drawn({dim, dim, 1, 1}));
  if (!layer_norm_) {
    block.norm = add_layer(name + "norm", norm);
  }
  return block;
}

at::Tensor conv3x3(const at::Tensor& features, const Layer& layer) {
  return at::conv2d(features, layer.weight, layer.bias, /*stride=*/1, /*padding=*/1);
}

at::Tensor RealPlksr::through_block(const at::Tensor& features, const Block& block) const {
  const at::Tensor wide = layer_norm_ ? normalized_conv3x3(features, block.norm, block.widen)
                                      : conv3x3(features, block.widen);
  at::Tensor inside = activated_conv3x3(wide, SmoothActivation::kMish, block.narrow);
  const std::int64_t large = block.large.weight.size(0);
  inside = at::cat({large_kernel_conv(inside.narrow(1, 0, large), block.large),
                    inside.narrow(1, large, inside.size(1) - large)},
                   1);
  if (block.attention.weight.defined()) {
    inside = inside * conv3x3(inside, block.attention).sigmoid_();
  }
  at::Tensor refined = at::conv2d(inside, block.refine.weight, block.refine.bias);
  if (!layer_norm_) {
    refined = group_norm(refined, groups_, block.norm, kGroupNormEpsilon);
  }
  return refined.add_(features);
}

at::Tensor RealPlksr::forward(const at::Tensor& lq) const {
  at::Tensor features = conv3x3(lq, first_);
  for (const Block& block : blocks_) {
    features = through_block(features, block);
  }
  features = conv3x3(features, last_);
  if (!sampler_) {
    return pixel_shuffle_add(features, lq, scale_);
  }
  const at::Tensor repeated = lq.repeat_interleave(std::int64_t{scale_} * scale_, 1);
  return (*sampler_)(features + repeated).to(lq.scalar_type());
}

}  // namespace

std::unique_ptr<Network> make_network(const arch::RealPlksrOptions& options, int scale,
                                      std::uint64_t seed) {
  return std::make_unique<RealPlksr>(options, scale, seed);
}

}  // namespace sr
