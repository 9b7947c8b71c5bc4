#include "nn/lkfmixer.h"

#include <array>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "nn/bilinear.h"
#include "nn/conv_network.h"
#include "nn/convolved.h"
#include "nn/fold.h"

namespace sr {
namespace {

using arch::LkfMixerOptions;

constexpr std::size_t kSteps = 3;  ///< of distillation

class LkfMixer final : public ConvNetwork {
 public:
  LkfMixer(const LkfMixerOptions& options, int scale, std::uint64_t seed);
  at::Tensor forward(const at::Tensor& lq) const override;
  int size_multiple() const override { return LkfMixerOptions::kGrid; }

 private:
  struct LargeKernel {
    Layer tall, wide, mix;
  };
  struct Fusion {
    LargeKernel large;
    Layer depthwise, mix;
  };
  struct Block {
    std::array<Layer, kSteps> aside;
    std::array<Fusion, kSteps> fusions;
    Layer aside_last, joined;
    LargeKernel modulating;
    Layer coarse_depthwise, coarse_mix, modulated;
    LargeKernel selected;
    Layer selecting_depthwise, selection;
  };

  Layer add_pointwise(const std::string& name, std::int64_t inputs, std::int64_t outputs) {
    return add_conv(name, {outputs, inputs, 1, 1});
  }
  Layer add_depthwise(const std::string& name) {
    return add_conv(name, {options_.channels, 1, 3, 3});
  }
  LargeKernel add_large(const std::string& name);
  Block add_block(const std::string& name);

  static at::Tensor through(const LargeKernel& part, const at::Tensor& features);
  static at::Tensor distilled(const Block& block, const at::Tensor& features);
  static at::Tensor modulated(const Block& block, const at::Tensor& features);
  static at::Tensor selected(const Block& block, const at::Tensor& features);

  LkfMixerOptions options_;
  Layer first_;
  std::vector<Block> blocks_;
  Layer behind_blocks_, last_;
};

LkfMixer::LkfMixer(const LkfMixerOptions& options, int scale, std::uint64_t seed)
    : ConvNetwork(scale, seed), options_(options) {
  const std::int64_t channels = options.channels;
  first_ = add_conv("conv_first", {channels, options.in_channels, 3, 3});
  for (int i = 0; i < options.num_block; ++i) {
    blocks_.push_back(add_block("layers.layers." + std::to_string(i) + "."));
  }
  behind_blocks_ = add_depthwise("conv");
  last_ = add_conv("upsampler.upsampleOneStep.0",
                   {std::int64_t{options.out_channels} * scale * scale, channels, 3, 3});
}

LkfMixer::LargeKernel LkfMixer::add_large(const std::string& name) {
  const std::int64_t split = options_.split_channels();
  const std::int64_t side = options_.large_kernel;
  LargeKernel part;
  part.tall = add_conv(name + ".DWConv_Kx1", {split, 1, side, 1});
  part.wide = add_conv(name + ".DWConv_1xK", {split, 1, 1, side});
  part.mix = add_pointwise(name + ".conv1", options_.channels, options_.channels);
  return part;
}

LkfMixer::Block LkfMixer::add_block(const std::string& name) {
  const std::int64_t channels = options_.channels;
  Block block;
  for (std::size_t i = 0; i < kSteps; ++i) {
    const std::string step = name + "FDB.c" + std::to_string(i + 1);
    block.aside[i] = add_pointwise(step + "_d", channels, channels / 2);
    Fusion& fusion = block.fusions[i];
    fusion.large = add_large(step + "_r.PLKB");
    fusion.depthwise = add_depthwise(step + "_r.DWConv3");
    fusion.mix = add_pointwise(step + "_r.conv1", channels, channels);
  }
  block.aside_last = add_pointwise(name + "FDB.c4", channels, channels / 2);
  block.joined = add_pointwise(name + "FDB.c5", channels / 2 * 4, channels);
  block.modulating = add_large(name + "SFMB.PLKB");
  block.coarse_depthwise = add_depthwise(name + "SFMB.DWConv_3");
  block.coarse_mix = add_pointwise(name + "SFMB.conv1_1", channels, channels);
  block.modulated = add_pointwise(name + "SFMB.conv1_2", channels, channels);
  block.selected = add_large(name + "FSB.PLKB");
  block.selecting_depthwise = add_depthwise(name + "FSB.DWConv_3");
  block.selection = add_pointwise(name + "FSB.conv1_1", 2 * channels, channels);
  return block;
}

at::Tensor LkfMixer::through(const LargeKernel& part, const at::Tensor& features) {
  const std::int64_t split = part.wide.weight.size(0);
  const at::Tensor far = convolved(convolved(features.narrow(1, 0, split), part.wide), part.tall);
  const at::Tensor rest = features.narrow(1, split, features.size(1) - split);
  return at::gelu(convolved(at::cat({far, rest}, 1), part.mix));
}

at::Tensor LkfMixer::distilled(const Block& block, const at::Tensor& features) {
  std::vector<at::Tensor> aside;
  at::Tensor rest = features;
  for (std::size_t i = 0; i < kSteps; ++i) {
    aside.push_back(at::gelu(convolved(rest, block.aside[i])));
    const Fusion& fusion = block.fusions[i];
    rest = at::gelu(
        convolved(convolved(rest, fusion.depthwise) + through(fusion.large, rest), fusion.mix));
  }
  aside.push_back(at::gelu(convolved(rest, block.aside_last)));
  return convolved(at::cat(aside, 1), block.joined);
}

at::Tensor LkfMixer::modulated(const Block& block, const at::Tensor& features) {
  constexpr std::int64_t kWindow = LkfMixerOptions::kGrid;
  const at::Tensor largest = at::max_pool2d(features, kWindow, /*stride=*/kWindow);
  const at::Tensor coarse =
      at::gelu(convolved(convolved(largest, block.coarse_depthwise), block.coarse_mix));
  const at::Tensor mean = features.mean(at::IntArrayRef{2, 3}, /*keepdim=*/true);
  const at::Tensor wide =
      at::sigmoid(mean) * resize_bilinear(coarse, features.size(2), features.size(3));
  return at::gelu(convolved(through(block.modulating, features) + wide, block.modulated));
}

at::Tensor LkfMixer::selected(const Block& block, const at::Tensor& features) {
  const at::Tensor far = through(block.selected, features);
  const at::Tensor near = convolved(features, block.selecting_depthwise);
  const at::Tensor share =
      at::sigmoid(at::gelu(convolved(at::cat({far, near}, 1), block.selection)));
  return near + share * (far - near);
}

at::Tensor LkfMixer::forward(const at::Tensor& lq) const {
  const at::Tensor first = convolved(pad_to_multiple(lq, LkfMixerOptions::kGrid), first_);
  at::Tensor features = first;
  for (const Block& block : blocks_) {
    features = features + selected(block, modulated(block, distilled(block, features)));
  }
  features = at::gelu(convolved(features, behind_blocks_));
  return at::pixel_shuffle(convolved(features + first, last_), scale_)
      .narrow(2, 0, lq.size(2) * scale_)
      .narrow(3, 0, lq.size(3) * scale_)
      .to(lq.scalar_type());
}

}  // namespace

std::unique_ptr<Network> make_network(const arch::LkfMixerOptions& options, int scale,
                                      std::uint64_t seed) {
  return std::make_unique<LkfMixer>(options, scale, seed);
}

}  // namespace sr
