#include "nn/temporal_span_v2.h"

#include <span>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <torch/torch.h>

#include "core/random.h"
#include "nn/conv3xc.h"
#include "nn/fold.h"
#include "nn/initialization.h"
#include "nn/recompute.h"
#include "nn/span_stage.h"

namespace sr {
namespace {

constexpr std::int64_t kMultiple = 64;
constexpr int kWindow = 3;  ///< frames that a level sees together
constexpr double kLeakySlope = 0.2;

class TemporalSpanV2 final : public Conv3xcNetwork {
 public:
  TemporalSpanV2(const arch::TemporalSpanV2Options& options, int scale, std::uint64_t seed);
  at::Tensor forward(const at::Tensor& lq) const override;
  int size_multiple() const override { return kMultiple; }

 private:
  struct Level {
    Layer join, tail;
  };

  void add_level(const std::string& name, at::Generator& generator);
  Layer add_plain_conv(const std::string& name, int outputs, at::Generator& generator,
                       int inputs = 0);
  std::vector<at::Tensor> frames_of(const at::Tensor& images) const;
  /// The features of three frames [N, 3 C, H, W] as those of one. `convs`: merged, of this level.
  at::Tensor through(const Level& level, std::span<const Layer> convs,
                     const at::Tensor& features) const;
  /// What the levels make of the features of all frames.
  at::Tensor middle_of(std::vector<at::Tensor> frames) const;

  arch::TemporalSpanV2Options options_;
  at::Tensor mean_;  ///< [1, 3, 1, 1]
  Layer head_, residual_, upsampler_, tail_;
  std::vector<Level> levels_;
};

TemporalSpanV2::TemporalSpanV2(const arch::TemporalSpanV2Options& options, int scale,
                               std::uint64_t seed)
    : Conv3xcNetwork(scale), options_(options) {
  auto generator = at::make_generator<at::CPUGeneratorImpl>(hash(seed, 0, Stream::kNetworkInit));
  const int features = options.feature_channels;
  mean_ = add_constant(div2k_mean_colour().view({1, arch::kRgb, 1, 1}));
  head_ = add_plain_conv("m_head", features, generator, arch::kRgb);
  for (int level = 0; level < (options.num_frames - 1) / 2; ++level) {
    add_level(fmt::format("m_layers.{}", level), generator);
  }
  if (options.residual) {
    residual_ = add_plain_conv("m_res", features, generator);
  }
  upsampler_ =
      add_default_layer("m_upsample.0", {features * scale * scale, features, 3, 3}, generator);
  tail_ = add_plain_conv("m_tail", options.num_out_ch, generator);
}

void TemporalSpanV2::add_level(const std::string& name, at::Generator& generator) {
  const int features = options_.feature_channels;
  add_conv3xc(name + ".m_head", kWindow * features, features, Skip::kDefault, generator);
  for (int block = 0; block < options_.num_blocks; ++block) {
    for (int conv = 1; conv <= 3; ++conv) {
      add_conv3xc(fmt::format("{}.blocks.{}.c{}_r", name, block, conv), features, features,
                  Skip::kDefault, generator);
    }
  }
  Level level;
  level.join = add_default_layer(name + ".conv_cat", {features, 4 * features, 1, 1}, generator);
  add_conv3xc(name + ".conv_post", features, features, Skip::kDefault, generator);
  level.tail = add_plain_conv(name + ".m_tail.0", features, generator);
  levels_.push_back(level);
}

Layer TemporalSpanV2::add_plain_conv(const std::string& name, int outputs, at::Generator& generator,
                                     int inputs) {
  return add_layer(
      name, default_layer({outputs, inputs > 0 ? inputs : options_.feature_channels, 3, 3}, false,
                          generator));
}

std::vector<at::Tensor> TemporalSpanV2::frames_of(const at::Tensor& images) const {
  std::vector<at::Tensor> frames;
  for (int frame = 0; frame < options_.num_frames; ++frame) {
    const at::Tensor image = images.narrow(1, std::int64_t{arch::kRgb} * frame, arch::kRgb);
    frames.push_back(
        at::conv2d((image - mean_) * options_.img_range, head_.weight, head_.bias, 1, 1));
  }
  return frames;
}

at::Tensor TemporalSpanV2::through(const Level& level, std::span<const Layer> convs,
                                   const at::Tensor& features) const {
  const auto compute = [level, convs = std::vector<Layer>(convs.begin(), convs.end())](
                           const at::Tensor& input) -> at::Tensor {
    const at::Tensor first = at::conv2d(input, convs.front().weight, convs.front().bias, 1, 1);
    const at::Tensor joined =
        span_stage(first, std::span(convs).subspan(1), level.join, SmoothActivation::kSilu);
    at::Tensor output = at::conv2d(joined, level.tail.weight, level.tail.bias, 1, 1);
    return at::leaky_relu_(output, kLeakySlope);
  };
  Tensors tensors{level.join.weight, level.join.bias, level.tail.weight};
  for (const Layer& conv : convs) {
    tensors.insert(tensors.end(), {conv.weight, conv.bias});
  }
  return computed(how_computed(options_.use_checkpoint), compute, features, tensors);
}

at::Tensor TemporalSpanV2::middle_of(std::vector<at::Tensor> frames) const {
  const std::vector<Layer> convs = merged();
  const std::size_t in_level = levels_.empty() ? 0 : convs.size() / levels_.size();
  for (std::size_t i = 0; i < levels_.size(); ++i) {
    std::vector<at::Tensor> fewer;
    for (std::size_t first = 0; first + kWindow <= frames.size(); ++first) {
      const at::Tensor three = at::cat(at::TensorList(frames).slice(first, kWindow), 1);
      fewer.push_back(through(levels_[i], std::span(convs).subspan(i * in_level, in_level), three));
    }
    frames = std::move(fewer);
  }
  return frames.front();
}

at::Tensor TemporalSpanV2::forward(const at::Tensor& lq) const {
  const SurroundedImages surrounded = pad_around_to_multiple(lq, kMultiple);
  std::vector<at::Tensor> frames = frames_of(surrounded.images);
  const at::Tensor middle = frames[frames.size() / 2];
  at::Tensor features = middle_of(std::move(frames));
  if (options_.residual) {
    features = features + at::conv2d(middle, residual_.weight, residual_.bias, 1, 1);
  }
  features =
      at::pixel_shuffle(at::conv2d(features, upsampler_.weight, upsampler_.bias, 1, 1), scale_);
  const at::Tensor output = at::conv2d(features, tail_.weight, tail_.bias, 1, 1);
  return (output.narrow(2, surrounded.top * scale_, lq.size(2) * scale_)
                  .narrow(3, surrounded.left * scale_, lq.size(3) * scale_) /
              options_.img_range +
          mean_)
      .to(lq.scalar_type());
}

}  // namespace

std::unique_ptr<Network> make_network(const arch::TemporalSpanV2Options& options, int scale,
                                      std::uint64_t seed) {
  return std::make_unique<TemporalSpanV2>(options, scale, seed);
}

}  // namespace sr
