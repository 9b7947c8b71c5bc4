#include "nn/spanplus.h"

#include <optional>
#include <span>
#include <vector>

#include <fmt/format.h>
#include <torch/torch.h>

#include "core/random.h"
#include "nn/conv3xc.h"
#include "nn/dysample.h"
#include "nn/span_stage.h"

namespace sr {
namespace {

using arch::SpanPlusUpsampler;

constexpr double kJoinDeviation = 0.02;

class SpanPlus final : public Conv3xcNetwork {
 public:
  SpanPlus(const arch::SpanPlusOptions& options, int scale, std::uint64_t seed);
  at::Tensor forward(const at::Tensor& lq) const override;

 private:
  struct Stage {
    std::size_t convs;  ///< three a block and the last one
    Layer join;
  };
  Stage add_stage(const std::string& name, int inner_blocks, int features,
                  at::Generator& generator);
  void add_upsampler(const arch::SpanPlusOptions& options, at::Generator& generator);
  at::Tensor upsampled(const at::Tensor& features) const;

  SpanPlusUpsampler kind_;
  std::vector<Stage> stages_;
  Layer upsampler_;  ///< the convolution of the others than DySample
  std::optional<DySampler> sampler_;
};

SpanPlus::SpanPlus(const arch::SpanPlusOptions& options, int scale, std::uint64_t seed)
    : Conv3xcNetwork(scale), kind_(options.upsampler) {
  auto generator = at::make_generator<at::CPUGeneratorImpl>(hash(seed, 0, Stream::kNetworkInit));
  add_conv3xc("feats.0", options.num_in_ch, options.feature_channels, Skip::kTruncatedNormal,
              generator);
  for (std::size_t i = 0; i < options.blocks.size(); ++i) {
    stages_.push_back(add_stage(fmt::format("feats.{}", i + 1), options.blocks[i],
                                options.feature_channels, generator));
  }
  add_upsampler(options, generator);
}

SpanPlus::Stage SpanPlus::add_stage(const std::string& name, int inner_blocks, int features,
                                    at::Generator& generator) {
  const auto add_block = [&](const std::string& block) {
    for (int conv = 1; conv <= 3; ++conv) {
      add_conv3xc(fmt::format("{}.{}.c{}_r", name, block, conv), features, features,
                  Skip::kTruncatedNormal, generator);
    }
  };
  add_block("block_1");
  for (int i = 0; i < inner_blocks; ++i) {
    add_block(fmt::format("block_n.{}", i));
  }
  add_block("block_end");
  add_conv3xc(name + ".conv_2", features, features, Skip::kTruncatedNormal, generator);
  Stage stage;
  stage.convs = 3 * (static_cast<std::size_t>(inner_blocks) + 2) + 1;
  stage.join = add_layer(name + ".conv_cat", truncated_normal_layer({features, 4 * features, 1, 1},
                                                                    kJoinDeviation, generator));
  return stage;
}

void SpanPlus::add_upsampler(const arch::SpanPlusOptions& options, at::Generator& generator) {
  const int features = options.feature_channels;
  switch (kind_) {
    case SpanPlusUpsampler::kConvolution:
      upsampler_ = add_default_layer("upsampler", {options.num_out_ch, features, 3, 3}, generator);
      return;
    case SpanPlusUpsampler::kPixelShuffle:
      upsampler_ = add_default_layer(
          "upsampler.0", {options.num_out_ch * scale_ * scale_, features, 3, 3}, generator);
      return;
    case SpanPlusUpsampler::kDySample:
      sampler_.emplace(DySampler::Settings{features, options.num_out_ch, scale_}, generator);
      add_part("upsampler.", *sampler_);
  }
}

at::Tensor SpanPlus::upsampled(const at::Tensor& features) const {
  if (kind_ == SpanPlusUpsampler::kDySample) {
    return (*sampler_)(features);
  }
  const at::Tensor pixels = at::conv2d(features, upsampler_.weight, upsampler_.bias, 1, 1);
  return kind_ == SpanPlusUpsampler::kPixelShuffle ? at::pixel_shuffle(pixels, scale_) : pixels;
}

at::Tensor SpanPlus::forward(const at::Tensor& lq) const {
  const std::vector<Layer> convs = merged();
  std::span<const Layer> rest = convs;
  at::Tensor features = at::conv2d(lq, rest[0].weight, rest[0].bias, 1, 1);
  rest = rest.subspan(1);
  for (const Stage& stage : stages_) {
    features = span_stage(features, rest.first(stage.convs), stage.join, SmoothActivation::kMish);
    rest = rest.subspan(stage.convs);
  }
  return upsampled(features).to(lq.scalar_type());
}

}  // namespace

std::unique_ptr<Network> make_network(const arch::SpanPlusOptions& options, int scale,
                                      std::uint64_t seed) {
  return std::make_unique<SpanPlus>(options, scale, seed);
}

}  // namespace sr
