#include "nn/gaterv3.h"

#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <torch/torch.h>

#include "core/random.h"
#include "nn/band_kernels.h"
#include "nn/conv3xc.h"
#include "nn/convolved.h"
#include "nn/fold.h"
#include "nn/gated_attention.h"
#include "nn/magnified_gradient.h"
#include "nn/mish.h"
#include "nn/nearest.h"
#include "nn/pixel_norm.h"
#include "nn/span_stage.h"
#include "nn/uni_upsampler.h"

namespace sr {
namespace {

using arch::GaterV3Options;

constexpr double kDeviation = 0.02;
constexpr double kExpansion = 1.5;  ///< features inside a gated block
constexpr double kFactorSpeed = 10;
constexpr std::int64_t kStep = 2;  ///< from one grid to the next

class GaterV3 final : public Conv3xcNetwork {
 public:
  GaterV3(const GaterV3Options& options, int scale, std::uint64_t seed);
  at::Tensor forward(const at::Tensor& lq) const override;
  int size_multiple() const override { return options_.grid(); }

 private:
  /// Gates and values, of which some are mixed with others.
  struct Gated {
    Layer norm, widen;
    BandKernels bands;         ///< or
    GatedAttention attention;  ///< where its `queries` are defined
    Layer narrow;
  };
  struct Block {
    at::Tensor local_factor, gated_factor;
    Layer norm, widen, depthwise, attention;
    Gated gated;
  };
  struct Level {
    std::vector<Block> blocks;
    Layer step;    ///< to the next grid
    Layer joined;  ///< on the way up
  };

  Layer add_default(const std::string& name, at::IntArrayRef shape, bool bias = true);
  Layer add_small(const std::string& name, at::IntArrayRef shape, bool bias = true);
  Layer add_norm(const std::string& name, std::int64_t dim);
  Gated add_gated(const std::string& name, std::int64_t dim, bool attention);
  Block add_block(const std::string& name, std::int64_t dim);
  std::vector<Block> add_blocks(const std::string& name, std::int64_t dim, int amount);
  void add_span();

  static at::Tensor through(const Gated& gated, const at::Tensor& features);
  static at::Tensor through(const Block& block, const at::Tensor& features);
  at::Tensor through_levels(const at::Tensor& features) const;
  at::Tensor enlarged(const at::Tensor& images) const;

  GaterV3Options options_;
  at::Generator generator_;
  at::Tensor factor_;  ///< of the enlarged input
  Layer first_;
  std::vector<Level> down_, up_;
  Layer span_joined_;
  std::vector<Gated> latent_;
  Layer to_image_;  ///< at scale 1, else
  std::unique_ptr<UniUpsampler> upsampler_;
};

GaterV3::GaterV3(const GaterV3Options& options, int scale, std::uint64_t seed)
    : Conv3xcNetwork(scale),
      options_(options),
      generator_(at::make_generator<at::CPUGeneratorImpl>(hash(seed, 0, Stream::kNetworkInit))) {
  const std::int64_t dim = options.dim;
  factor_ = add_parameter("gamma", torch::ones({1, options.in_ch, 1, 1}) * options.end_gamma_init);
  first_ = add_default("in_to_dim", {dim, options.in_ch, 3, 3});
  std::int64_t width = dim;
  for (std::size_t i = 0; i < options.enc_blocks.size(); ++i) {
    const std::string name = fmt::format("gater_encode.{}.", i);
    Level level;
    level.blocks = add_blocks(name + "gated.", width, options.enc_blocks[i]);
    level.step = add_default(name + "scale.0", {width / 2, width, 3, 3}, /*bias=*/false);
    down_.push_back(level);
    width *= 2;
  }
  add_span();
  for (int i = 0; i < options.num_latent; ++i) {
    latent_.push_back(add_gated(fmt::format("latent.{}.", i), width, options.attention));
  }
  for (std::size_t i = 0; i < options.dec_blocks.size(); ++i) {
    const std::string name = fmt::format("decode.{}.", i);
    Level level;
    level.step = add_default(name + "scale.0", {2 * width, width, 3, 3}, /*bias=*/false);
    level.blocks = add_blocks(name + "gated.", width / 2, options.dec_blocks[i]);
    level.joined = add_default(name + "shor", {width / 2, width, 1, 1});
    up_.push_back(level);
    width /= 2;
  }
  if (scale == 1) {
    to_image_ = add_default("dim_to_in", {options.in_ch, dim, 3, 3});
    return;
  }
  upsampler_ = std::make_unique<UniUpsampler>(
      UniUpsampler::Settings{options.upsample, scale, options.dim, options.in_ch,
                             options.upsample_mid_dim, /*deviation=*/0, /*version=*/1},
      generator_);
  add_part("dim_to_in.", *upsampler_);
}

Layer GaterV3::add_default(const std::string& name, at::IntArrayRef shape, bool bias) {
  return add_layer(name, default_layer(shape, bias, generator_));
}

Layer GaterV3::add_small(const std::string& name, at::IntArrayRef shape, bool bias) {
  return add_layer(name, {truncated_normal(shape, kDeviation, generator_),
                          bias ? torch::zeros({shape[0]}) : at::Tensor()});
}

Layer GaterV3::add_norm(const std::string& name, std::int64_t dim) {
  return {add_parameter(name + "norm.scale", torch::ones({dim})),
          add_parameter(name + "norm.offset", torch::zeros({dim}))};
}

GaterV3::Gated GaterV3::add_gated(const std::string& name, std::int64_t dim, bool attention) {
  const auto hidden = static_cast<std::int64_t>(kExpansion * static_cast<double>(dim));
  Gated gated;
  gated.norm = add_norm(name, dim);
  gated.widen = add_small(name + "fc1", {2 * hidden, dim, 1, 1});
  const std::string mix = name + "token_mix.";
  if (attention) {
    GatedAttention& own = gated.attention;
    own.of_pixels = options_.flash;
    own.temperature =
        add_parameter(mix + "temperature", torch::ones({GaterV3Options::kHeads, 1, 1}));
    add_buffer(mix + "flash", torch::full({1}, options_.flash, at::kBool));
    own.widen = add_small(mix + "qkv", {3 * dim, dim, 1, 1}, /*bias=*/false);
    own.depthwise = add_small(mix + "qkv_dwconv", {3 * dim, 1, 3, 3});
    own.narrow = add_small(mix + "project_out", {dim, dim, 1, 1}, /*bias=*/false);
  } else {
    const auto kernels = band_kernels(dim);
    for (std::size_t i = 0; i < kernels.size(); ++i) {
      gated.bands[i] = add_small(mix + kernels[i].name, kernels[i].shape);
    }
  }
  gated.narrow = add_small(name + "fc2", {dim, hidden, 1, 1});
  return gated;
}

GaterV3::Block GaterV3::add_block(const std::string& name, std::int64_t dim) {
  Block block;
  block.local_factor = add_parameter(name + "gamma0", torch::ones({1, dim, 1, 1}));
  block.gated_factor = add_parameter(name + "gamma1", torch::ones({1, dim, 1, 1}));
  block.norm.weight = add_parameter(name + "local.0.scale", torch::ones({dim}));
  block.norm.bias = add_parameter(name + "local.0.offset", torch::zeros({dim}));
  block.widen = add_small(name + "local.1", {2 * dim, dim, 1, 1});
  block.depthwise = add_small(name + "local.2", {2 * dim, 2, 3, 3});
  block.attention = add_small(name + "sca.1", {dim, dim, 1, 1});
  block.gated = add_gated(name + "glob.", dim, /*attention=*/false);
  return block;
}

std::vector<GaterV3::Block> GaterV3::add_blocks(const std::string& name, std::int64_t dim,
                                                int amount) {
  std::vector<Block> blocks;
  for (int i = 0; i < amount; ++i) {
    blocks.push_back(add_block(name + std::to_string(i) + ".", dim));
  }
  return blocks;
}

void GaterV3::add_span() {
  const int dim = options_.dim;
  std::vector<std::string> names{"span_block0"};
  for (int i = 0; i < options_.sisr_blocks; ++i) {
    names.push_back(fmt::format("span_n_b.{}", i));
  }
  names.emplace_back("span_end");
  constexpr int kConvs = 3;
  for (const std::string& name : names) {
    for (int conv = 1; conv <= kConvs; ++conv) {
      add_conv3xc(fmt::format("{}.c{}_r", name, conv),
                  {dim, dim, Skip::kTruncatedNormal, /*gain=*/2, /*bias=*/false}, generator_);
    }
  }
  add_conv3xc("sisr_end_conv", {dim, dim, Skip::kTruncatedNormal, /*gain=*/1}, generator_);
  span_joined_ = add_layer("sisr_cat_conv",
                           truncated_normal_layer({dim, 4 * dim, 1, 1}, kDeviation, generator_));
}

at::Tensor GaterV3::through(const Gated& gated, const at::Tensor& features) {
  const std::int64_t dim = features.size(1);
  const std::int64_t hidden = gated.narrow.weight.size(1);
  const at::Tensor wide = convolved(rms_norm_of_pixels(features, gated.norm), gated.widen);
  const at::Tensor gates = wide.narrow(1, 0, hidden);
  const at::Tensor mixed = gated.attention.widen.weight.defined()
                               ? gated.attention(wide.narrow(1, 2 * hidden - dim, dim))
                               : through_bands(gated.bands, wide);
  const at::Tensor kept = wide.narrow(1, hidden, hidden - mixed.size(1));
  return fast_mish(convolved(fast_mish(gates) * at::cat({kept, mixed}, 1), gated.narrow));
}

at::Tensor GaterV3::through(const Block& block, const at::Tensor& features) {
  const std::vector<at::Tensor> halves =
      convolved(convolved(rms_norm_of_pixels(features, block.norm), block.widen), block.depthwise)
          .chunk(2, 1);
  const at::Tensor product = halves[0] * halves[1];
  const at::Tensor attended =
      product * convolved(product.mean(at::IntArrayRef{2, 3}, /*keepdim=*/true), block.attention);
  const at::Tensor local =
      features + attended * with_gradient_times(block.local_factor, kFactorSpeed);
  return local +
         through(block.gated, local) * with_gradient_times(block.gated_factor, kFactorSpeed);
}

at::Tensor GaterV3::through_levels(const at::Tensor& features) const {
  at::Tensor inside = features;
  std::vector<at::Tensor> passed;
  for (const Level& level : down_) {
    for (const Block& block : level.blocks) {
      inside = through(block, inside);
    }
    passed.push_back(inside);
    inside = at::pixel_unshuffle(convolved(inside, level.step), kStep);
  }
  for (const Gated& gated : latent_) {
    inside = through(gated, inside);
  }
  for (const Level& level : up_) {
    const at::Tensor fine = at::pixel_shuffle(convolved(inside, level.step), kStep);
    inside = convolved(at::cat({fine, passed.back()}, 1), level.joined);
    passed.pop_back();
    for (const Block& block : level.blocks) {
      inside = through(block, inside);
    }
  }
  return inside;
}

at::Tensor GaterV3::enlarged(const at::Tensor& images) const {
  return (scale_ > 1 ? enlarge_nearest(images, scale_) : images) *
         with_gradient_times(factor_, kFactorSpeed);
}

at::Tensor GaterV3::forward(const at::Tensor& lq) const {
  const at::Tensor images = pad_to_multiple(lq, options_.grid());
  const at::Tensor first = convolved(images, first_);
  const at::Tensor features =
      through_levels(first) + span_stage(first, merged(), span_joined_, SmoothActivation::kSilu);
  const at::Tensor image = upsampler_ ? (*upsampler_)(features) : convolved(features, to_image_);
  return (image + enlarged(images))
      .narrow(2, 0, lq.size(2) * scale_)
      .narrow(3, 0, lq.size(3) * scale_)
      .to(lq.scalar_type());
}

}  // namespace

std::unique_ptr<Network> make_network(const arch::GaterV3Options& options, int scale,
                                      std::uint64_t seed) {
  return std::make_unique<GaterV3>(options, scale, seed);
}

}  // namespace sr
