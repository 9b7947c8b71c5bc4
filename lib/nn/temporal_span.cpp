#include "nn/temporal_span.h"

#include <array>
#include <span>
#include <vector>

#include <fmt/format.h>
#include <torch/torch.h>

#include "core/random.h"
#include "nn/activated_conv.h"
#include "nn/conv3xc.h"
#include "nn/convolved.h"
#include "nn/group_norm.h"

namespace sr {
namespace {

using Options = arch::TemporalSpanOptions;

constexpr double kNormEpsilon = 1e-5;
constexpr std::size_t kInBlock = 3;  ///< convolutions

class TemporalSpan final : public Conv3xcNetwork {
 public:
  TemporalSpan(const Options& options, int scale, std::uint64_t seed);
  at::Tensor forward(const at::Tensor& lq) const override;

 private:
  using Norms = std::array<Layer, kInBlock>;

  void add_frames(at::Generator& generator);
  void add_block(const std::string& name, at::Generator& generator);
  /// Features of all frames, frame after frame. `convs`: of the middle frame, then of the others.
  at::Tensor frames_of(const at::Tensor& lq, std::span<const Layer> convs) const;
  /// In the type of `features`: autocast would leave float32, and what follows in it.
  static at::Tensor normalised(const at::Tensor& features, const Layer& norm);

  Options options_;
  std::vector<Norms> blocks_;
  Layer join_, upsampler_;
};

TemporalSpan::TemporalSpan(const Options& options, int scale, std::uint64_t seed)
    : Conv3xcNetwork(scale), options_(options) {
  auto generator = at::make_generator<at::CPUGeneratorImpl>(hash(seed, 0, Stream::kNetworkInit));
  const int features = options.feature_channels;
  add_frames(generator);
  for (int block = 1; block <= Options::kAttentionBlocks; ++block) {
    add_block(fmt::format("block_{}", block), generator);
  }
  join_ = add_default_layer("conv_cat", {features, 4 * features, 1, 1}, generator);
  add_conv3xc("conv_2", features, features, Skip::kDefault, generator);
  // All pixels that the shuffle makes of one begin alike (Aitken et al., 2017).
  const int pixels = scale * scale;
  const Layer one = scaled_normal_layer({options.num_out_ch, features, 3, 3}, 1, generator);
  upsampler_ = add_layer("upsampler.0", {one.weight.repeat_interleave(pixels, 0),
                                         one.bias.repeat_interleave(pixels, 0)});
}

void TemporalSpan::add_frames(at::Generator& generator) {
  const int features = options_.feature_channels;
  const int others = options_.num_frames - 1;
  add_conv3xc("center_conv", arch::kRgb, features, Skip::kDefault, generator);
  for (int frame = 0; frame < others; ++frame) {
    add_conv3xc(fmt::format("history_convs.{}", frame), arch::kRgb, options_.history_channels,
                Skip::kDefault, generator);
  }
  add_conv3xc("fusion_conv.0", features + options_.history_channels * others, features,
              Skip::kDefault, generator);
  add_conv3xc("fusion_conv.1", features, features, Skip::kDefault, generator);
}

void TemporalSpan::add_block(const std::string& name, at::Generator& generator) {
  const int features = options_.feature_channels;
  for (std::size_t conv = 1; conv <= kInBlock; ++conv) {
    add_conv3xc(fmt::format("{}.c{}_r", name, conv), features, features, Skip::kDefault, generator);
  }
  Norms& norms = blocks_.emplace_back();
  for (std::size_t i = 0; i < kInBlock; ++i) {
    norms[i] = add_layer(fmt::format("{}.norm{}", name, i + 1),
                         {torch::ones({features}), torch::zeros({features})});
  }
}

at::Tensor TemporalSpan::frames_of(const at::Tensor& lq, std::span<const Layer> convs) const {
  std::vector<at::Tensor> frames;
  std::size_t other = 1;
  for (int frame = 0; frame < options_.num_frames; ++frame) {
    const Layer& conv = frame == options_.num_frames / 2 ? convs.front() : convs[other++];
    frames.push_back(convolved(lq.narrow(1, std::int64_t{arch::kRgb} * frame, arch::kRgb), conv));
  }
  return at::cat(frames, 1);
}

at::Tensor TemporalSpan::normalised(const at::Tensor& features, const Layer& norm) {
  return group_norm(features, Options::kNormGroups, norm, kNormEpsilon).to(features.scalar_type());
}

at::Tensor TemporalSpan::forward(const at::Tensor& lq) const {
  constexpr auto kActivation = SmoothActivation::kSilu;
  const std::vector<Layer> all = merged();
  std::span<const Layer> convs(all);
  const auto frames = static_cast<std::size_t>(options_.num_frames);
  const at::Tensor fused = convolved(frames_of(lq, convs.first(frames)), convs[frames]);
  const at::Tensor first = convolved(fused, convs[frames + 1]);
  convs = convs.subspan(frames + 2);
  at::Tensor features = first;
  at::Tensor behind_first;
  at::Tensor inside_last;
  for (const Norms& norms : blocks_) {
    inside_last = normalised(convolved(features, convs[0]), norms[0]);
    const at::Tensor middle =
        normalised(activated_conv3x3(inside_last, kActivation, convs[1]), norms[1]);
    const at::Tensor last = normalised(activated_conv3x3(middle, kActivation, convs[2]), norms[2]);
    features = gated_skip(last, features);
    if (!behind_first.defined()) {
      behind_first = features;
    }
    convs = convs.subspan(kInBlock);
  }
  const at::Tensor seen = at::cat(
      {first, convolved(features, convs.front()), behind_first, activate(inside_last, kActivation)},
      1);
  return at::pixel_shuffle(convolved(at::conv2d(seen, join_.weight, join_.bias), upsampler_),
                           scale_)
      .to(lq.scalar_type());
}

}  // namespace

std::unique_ptr<Network> make_network(const Options& options, int scale, std::uint64_t seed) {
  return std::make_unique<TemporalSpan>(options, scale, seed);
}

}  // namespace sr
