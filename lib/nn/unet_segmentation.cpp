#include "nn/unet_segmentation.h"

#include <fmt/format.h>
#include <torch/torch.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/random.h"
#include "nn/batch_norm.h"
#include "nn/max_pool.h"

namespace sr {
namespace {

using Encoder = arch::UnetSegmentationOptions::Encoder;

constexpr std::int64_t kStemFeatures = 64;
constexpr std::array<std::int64_t, 4> kStageFeatures{64, 128, 256, 512};
constexpr std::array<std::int64_t, 5> kDecoderFeatures{256, 128, 64, 32, 16};
/// At 32 pixels a stage has one place, which gives one image no variance.
constexpr int kSmallestInput = 33;

struct Depth {
  const char* name;
  std::array<int, kStageFeatures.size()> blocks;
  bool bottleneck;  ///< blocks of three convolutions, whose last makes four times the features
};

Depth depth_of(Encoder encoder) {
  switch (encoder) {
    case Encoder::kResnet18:
      return {"resnet18", {2, 2, 2, 2}, false};
    case Encoder::kResnet34:
      return {"resnet34", {3, 4, 6, 3}, false};
    case Encoder::kResnet50:
      return {"resnet50", {3, 4, 6, 3}, true};
    case Encoder::kResnet101:
      return {"resnet101", {3, 4, 23, 3}, true};
    case Encoder::kResnet152:
      break;
  }
  return {"resnet152", {3, 8, 36, 3}, true};
}

/// Pixels under a kernel.
std::int64_t kernel_area(at::IntArrayRef shape) {
  return shape[2] * shape[3];
}

class UnetSegmentation final : public Discriminator {
 public:
  UnetSegmentation(const arch::UnetSegmentationOptions& options, std::uint64_t seed);
  at::Tensor forward(const at::Tensor& images) override;
  bool is_mean_over_samples() const override { return false; }
  int smallest_input() const override { return kSmallestInput; }

 private:
  struct NormedConv {
    at::Tensor weight;
    std::unique_ptr<BatchNorm> norm;
    std::int64_t stride = 1;
  };
  struct Block {
    std::vector<NormedConv> convs;
    std::optional<NormedConv> shortcut;  ///< where the block changes features or size
  };
  struct Decoder {
    NormedConv first, second;
  };
  using Drawn = at::Tensor (*)(at::IntArrayRef shape, at::Generator& generator);

  NormedConv add_normed(const std::string& conv, const std::string& norm, at::IntArrayRef shape,
                        std::int64_t stride, Drawn drawn);
  NormedConv add_encoder_conv(const std::string& block, int number, at::IntArrayRef shape,
                              std::int64_t stride);
  Block add_block(const std::string& name, std::int64_t features, std::int64_t stride,
                  bool bottleneck);
  NormedConv add_decoder_conv(const std::string& name, std::int64_t inputs, std::int64_t outputs);

  static at::Tensor through(const at::Tensor& features, const NormedConv& conv);
  static at::Tensor through(const at::Tensor& features, const Block& block);

  at::Generator generator_;
  std::int64_t outputs_ = kStemFeatures;  ///< of what the constructor has added last
  NormedConv stem_;
  std::array<std::vector<Block>, kStageFeatures.size()> stages_;
  std::array<Decoder, kDecoderFeatures.size()> decoder_;
  Layer head_;
};

/// torchvision's ResNet: N(0, 2 / fan_out).
at::Tensor drawn_for_encoder(at::IntArrayRef shape, at::Generator& generator) {
  const auto fan_out = static_cast<double>(shape[0] * kernel_area(shape));
  return torch::empty(shape).normal_(0, std::sqrt(2 / fan_out), generator);
}

/// kaiming_uniform for ReLU.
at::Tensor drawn_for_decoder(at::IntArrayRef shape, at::Generator& generator) {
  const double bound = std::sqrt(6 / static_cast<double>(shape[1] * kernel_area(shape)));
  return torch::empty(shape).uniform_(-bound, bound, generator);
}

/// xavier_uniform.
at::Tensor drawn_for_head(at::IntArrayRef shape, at::Generator& generator) {
  const auto fans = static_cast<double>((shape[0] + shape[1]) * kernel_area(shape));
  const double bound = std::sqrt(6 / fans);
  return torch::empty(shape).uniform_(-bound, bound, generator);
}

UnetSegmentation::UnetSegmentation(const arch::UnetSegmentationOptions& options, std::uint64_t seed)
    : generator_(
          at::make_generator<at::CPUGeneratorImpl>(hash(seed, 0, Stream::kDiscriminatorInit))) {
  const Depth depth = depth_of(options.encoder_name);
  stem_ = add_normed("encoder.conv1", "encoder.bn1", {kStemFeatures, options.in_ch, 7, 7}, 2,
                     &drawn_for_encoder);
  std::vector<std::int64_t> skips{0, kStemFeatures};  // of the images none
  for (std::size_t stage = 0; stage < stages_.size(); ++stage) {
    for (int block = 0; block < depth.blocks[stage]; ++block) {
      const std::int64_t stride = stage > 0 && block == 0 ? 2 : 1;
      stages_[stage].push_back(add_block(fmt::format("encoder.layer{}.{}.", stage + 1, block),
                                         kStageFeatures[stage], stride, depth.bottleneck));
    }
    skips.push_back(outputs_);
  }
  skips.pop_back();  // the deepest is where the way back begins
  for (std::size_t i = 0; i < decoder_.size(); ++i) {
    const std::string name = fmt::format("decoder.blocks.{}.", i);
    const std::int64_t inputs = outputs_ + skips[skips.size() - 1 - i];
    outputs_ = kDecoderFeatures[i];
    decoder_[i].first = add_decoder_conv(name + "conv1", inputs, outputs_);
    decoder_[i].second = add_decoder_conv(name + "conv2", outputs_, outputs_);
  }
  head_ = add_layer("segmentation_head.0",
                    {drawn_for_head({options.classes, outputs_, 3, 3}, generator_),
                     torch::zeros({options.classes})});
  description_ = {{"in_ch", std::to_string(options.in_ch)},
                  {"classes", std::to_string(options.classes)},
                  {"encoder_name", depth.name}};
}

UnetSegmentation::NormedConv UnetSegmentation::add_normed(const std::string& conv,
                                                          const std::string& norm,
                                                          at::IntArrayRef shape,
                                                          std::int64_t stride, Drawn drawn) {
  NormedConv normed;
  normed.weight = add_parameter(conv + ".weight", drawn(shape, generator_));
  normed.norm = std::make_unique<BatchNorm>(shape[0]);
  add_part(norm + ".", *normed.norm);
  normed.stride = stride;
  return normed;
}

UnetSegmentation::NormedConv UnetSegmentation::add_encoder_conv(const std::string& block,
                                                                int number, at::IntArrayRef shape,
                                                                std::int64_t stride) {
  return add_normed(fmt::format("{}conv{}", block, number), fmt::format("{}bn{}", block, number),
                    shape, stride, &drawn_for_encoder);
}

UnetSegmentation::Block UnetSegmentation::add_block(const std::string& name, std::int64_t features,
                                                    std::int64_t stride, bool bottleneck) {
  const std::int64_t inputs = outputs_;
  outputs_ = bottleneck ? 4 * features : features;
  Block block;
  if (bottleneck) {
    block.convs.push_back(add_encoder_conv(name, 1, {features, inputs, 1, 1}, 1));
    block.convs.push_back(add_encoder_conv(name, 2, {features, features, 3, 3}, stride));
    block.convs.push_back(add_encoder_conv(name, 3, {outputs_, features, 1, 1}, 1));
  } else {
    block.convs.push_back(add_encoder_conv(name, 1, {features, inputs, 3, 3}, stride));
    block.convs.push_back(add_encoder_conv(name, 2, {features, features, 3, 3}, 1));
  }
  if (stride != 1 || inputs != outputs_) {
    block.shortcut = add_normed(name + "downsample.0", name + "downsample.1",
                                {outputs_, inputs, 1, 1}, stride, &drawn_for_encoder);
  }
  return block;
}

UnetSegmentation::NormedConv UnetSegmentation::add_decoder_conv(const std::string& name,
                                                                std::int64_t inputs,
                                                                std::int64_t outputs) {
  return add_normed(name + ".0", name + ".1", {outputs, inputs, 3, 3}, 1, &drawn_for_decoder);
}

at::Tensor UnetSegmentation::through(const at::Tensor& features, const NormedConv& conv) {
  const std::int64_t padding = conv.weight.size(2) / 2;
  return (*conv.norm)(at::conv2d(features, conv.weight, {}, conv.stride, padding),
                      Statistics::kBatch);
}

/// In place: neither a convolution nor a batch norm needs its own output for backward.
at::Tensor rectified(at::Tensor features) {
  return at::relu_(features);
}

at::Tensor UnetSegmentation::through(const at::Tensor& features, const Block& block) {
  at::Tensor inner = features;
  for (std::size_t i = 0; i + 1 < block.convs.size(); ++i) {
    inner = rectified(through(inner, block.convs[i]));
  }
  inner = through(inner, block.convs.back());
  return rectified(inner + (block.shortcut ? through(features, *block.shortcut) : features));
}

at::Tensor UnetSegmentation::forward(const at::Tensor& images) {
  require_size(images);
  // What is as large as the images themselves is no part of the way back, but for its size.
  std::vector<at::Tensor> skips{images, rectified(through(images, stem_))};
  at::Tensor features = largest_of_windows(skips.back(), /*side=*/3, /*stride=*/2, /*padding=*/1);
  for (const std::vector<Block>& stage : stages_) {
    for (const Block& block : stage) {
      features = through(features, block);
    }
    skips.push_back(features);
  }
  skips.pop_back();
  for (const Decoder& block : decoder_) {
    const at::Tensor skip = skips.back();
    skips.pop_back();
    features = at::upsample_nearest2d(features, {skip.size(2), skip.size(3)});
    if (!skips.empty()) {
      features = at::cat({features, skip}, 1);
    }
    features = rectified(through(features, block.first));
    features = rectified(through(features, block.second));
  }
  return at::conv2d(features, head_.weight, head_.bias, /*stride=*/1, /*padding=*/1);
}

}  // namespace

std::unique_ptr<Discriminator> make_discriminator(const arch::UnetSegmentationOptions& options,
                                                  std::uint64_t seed) {
  return std::make_unique<UnetSegmentation>(options, seed);
}

}  // namespace sr
