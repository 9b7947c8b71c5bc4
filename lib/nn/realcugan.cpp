#include "nn/realcugan.h"

#include <cmath>
#include <string>

#include <torch/torch.h>

#include "core/random.h"
#include "nn/fold.h"
#include "nn/initialization.h"
#include "nn/nearest.h"

namespace sr {
namespace {

constexpr double kLeakySlope = 0.1;
constexpr std::int64_t kReduction = 8;  ///< features by channels of an attention's hidden layer
constexpr std::int64_t kFeatures = 64;
constexpr double kProFactor = 0.7;
constexpr double kProShift = 0.15;

/// Two unpadded 3x3 convolutions, each with LeakyReLU, and channel attention.
struct ConvPair {
  Layer first, second;
  Layer squeeze, excite;  ///< 1x1; undefined without attention
};

/// One step down and up.
struct ShallowUnet {
  ConvPair outer, inner;
  Layer down, up, join, last;
};

/// Two steps down and up.
struct DeepUnet {
  ConvPair outer, middle, inner, upper;
  Layer down, middle_down, inner_up, up, join, last;
};

class RealCugan final : public Network {
 public:
  RealCugan(const arch::RealCuganOptions& options, int scale, std::uint64_t seed);
  at::Tensor forward(const at::Tensor& lq) const override;

 private:
  Layer add_conv(const std::string& name, std::int64_t inputs, std::int64_t outputs,
                 std::int64_t side);
  Layer add_transposed(const std::string& name, std::int64_t inputs, std::int64_t outputs,
                       std::int64_t side);
  ConvPair add_pair(const std::string& name, std::int64_t inputs, std::int64_t middle,
                    std::int64_t outputs);
  /// With channel attention behind it.
  ConvPair add_attended_pair(const std::string& name, std::int64_t inputs, std::int64_t middle,
                             std::int64_t outputs);
  void add_shallow(std::int64_t inputs, std::int64_t outputs, int scale);
  void add_deep(std::int64_t channels);
  at::Tensor padded(const at::Tensor& images) const;
  at::Tensor upscaled(const at::Tensor& images) const;

  bool pro_;
  std::int64_t fold_;    ///< of the pixel unshuffle; 1 = none
  bool shuffles_;        ///< the end makes x2 of features
  std::int64_t margin_;  ///< pixels that all sides are grown by
  std::int64_t step_;    ///< sides are grown to a multiple of this
  at::Generator generator_;
  ShallowUnet shallow_;
  DeepUnet deep_;
  Layer final_;  ///< with shuffles_
};

std::int64_t margin_of(bool fast, int scale) {
  constexpr std::int64_t kTwo = 18, kFast = 38, kThree = 14, kFour = 19;
  switch (scale) {
    case 3:
      return kThree;
    case 4:
      return kFour;
    default:
      return fast ? kFast : kTwo;
  }
}

RealCugan::RealCugan(const arch::RealCuganOptions& options, int scale, std::uint64_t seed)
    : Network(scale),
      pro_(options.pro),
      fold_(options.fast ? 2 : 1),
      shuffles_(options.fast || scale == 4),
      margin_(margin_of(options.fast, scale)),
      step_(options.fast || scale == 3 ? 4 : 2),
      generator_(at::make_generator<at::CPUGeneratorImpl>(hash(seed, 0, Stream::kNetworkInit))) {
  if (pro_) {
    add_buffer("pro", torch::zeros({1}));
  }
  const std::int64_t channels = shuffles_ ? kFeatures : options.out_channels;
  add_shallow(options.in_channels * fold_ * fold_, channels, scale == 3 ? 3 : 2);
  add_deep(channels);
  if (shuffles_) {
    constexpr int kShuffled = 4;
    final_ =
        add_layer("conv_final",
                  default_layer({std::int64_t{kShuffled} * options.out_channels, kFeatures, 3, 3},
                                true, generator_));
  }
}

/// kaiming_normal by the fan out, which of both kinds is the weight's first dimension.
at::Tensor drawn_like(const at::Tensor& weight, at::Generator& generator) {
  const double fan_out = static_cast<double>(weight.numel()) / static_cast<double>(weight.size(1));
  return torch::empty_like(weight).normal_(0, std::sqrt(2 / fan_out), generator);
}

Layer RealCugan::add_conv(const std::string& name, std::int64_t inputs, std::int64_t outputs,
                          std::int64_t side) {
  Layer layer = default_layer({outputs, inputs, side, side}, true, generator_);
  layer.weight = drawn_like(layer.weight, generator_);
  return add_layer(name, layer);
}

Layer RealCugan::add_transposed(const std::string& name, std::int64_t inputs, std::int64_t outputs,
                                std::int64_t side) {
  Layer layer = transposed_layer({inputs, outputs, side, side}, generator_);
  layer.weight = drawn_like(layer.weight, generator_);
  return add_layer(name, layer);
}

ConvPair RealCugan::add_pair(const std::string& name, std::int64_t inputs, std::int64_t middle,
                             std::int64_t outputs) {
  ConvPair pair;
  pair.first = add_conv(name + ".conv.0", inputs, middle, 3);
  pair.second = add_conv(name + ".conv.2", middle, outputs, 3);
  return pair;
}

ConvPair RealCugan::add_attended_pair(const std::string& name, std::int64_t inputs,
                                      std::int64_t middle, std::int64_t outputs) {
  ConvPair pair = add_pair(name, inputs, middle, outputs);
  pair.squeeze = add_conv(name + ".seblock.conv1", outputs, outputs / kReduction, 1);
  pair.excite = add_conv(name + ".seblock.conv2", outputs / kReduction, outputs, 1);
  return pair;
}

void RealCugan::add_shallow(std::int64_t inputs, std::int64_t outputs, int scale) {
  shallow_.outer = add_pair("unet1.conv1", inputs, 32, kFeatures);
  shallow_.down = add_conv("unet1.conv1_down", kFeatures, kFeatures, 2);
  shallow_.inner = add_attended_pair("unet1.conv2", kFeatures, 128, kFeatures);
  shallow_.up = add_transposed("unet1.conv2_up", kFeatures, kFeatures, 2);
  shallow_.join = add_conv("unet1.conv3", kFeatures, kFeatures, 3);
  shallow_.last = add_transposed("unet1.conv_bottom", kFeatures, outputs, scale + 2);
}

void RealCugan::add_deep(std::int64_t channels) {
  constexpr std::int64_t kWide = 2 * kFeatures;
  deep_.outer = add_pair("unet2.conv1", channels, 32, kFeatures);
  deep_.down = add_conv("unet2.conv1_down", kFeatures, kFeatures, 2);
  deep_.middle = add_attended_pair("unet2.conv2", kFeatures, 64, kWide);
  deep_.middle_down = add_conv("unet2.conv2_down", kWide, kWide, 2);
  deep_.inner = add_attended_pair("unet2.conv3", kWide, 256, kWide);
  deep_.inner_up = add_transposed("unet2.conv3_up", kWide, kWide, 2);
  deep_.upper = add_attended_pair("unet2.conv4", kWide, 64, kFeatures);
  deep_.up = add_transposed("unet2.conv4_up", kFeatures, kFeatures, 2);
  deep_.join = add_conv("unet2.conv5", kFeatures, kFeatures, 3);
  deep_.last = add_conv("unet2.conv_bottom", kFeatures, channels, 3);
}

/// Without padding.
at::Tensor convolved(const at::Tensor& features, const Layer& layer, std::int64_t stride = 1) {
  return at::conv2d(features, layer.weight, layer.bias, stride);
}

/// In place: a convolution does not need its own output for backward, LeakyReLU can do with its.
at::Tensor leaky(at::Tensor features) {
  return at::leaky_relu_(features, kLeakySlope);
}

at::Tensor through(const at::Tensor& features, const ConvPair& pair) {
  const at::Tensor inside = leaky(convolved(leaky(convolved(features, pair.first)), pair.second));
  if (!pair.squeeze.weight.defined()) {
    return inside;
  }
  at::Tensor hidden = convolved(inside.mean(at::IntArrayRef{2, 3}, /*keepdim=*/true), pair.squeeze);
  return inside * convolved(at::relu_(hidden), pair.excite).sigmoid_();
}

at::Tensor doubled(const at::Tensor& features, const Layer& layer) {
  return leaky(at::conv_transpose2d(features, layer.weight, layer.bias, /*stride=*/2));
}

at::Tensor halved(const at::Tensor& features, const Layer& layer) {
  return leaky(convolved(features, layer, /*stride=*/2));
}

/// Without `margin` pixels on all sides.
at::Tensor inside_of(const at::Tensor& images, std::int64_t margin) {
  return images.narrow(2, margin, images.size(2) - 2 * margin)
      .narrow(3, margin, images.size(3) - 2 * margin);
}

at::Tensor through(const at::Tensor& images, const ShallowUnet& unet) {
  constexpr std::int64_t kLost = 4;  // pixels a side on the way down and up
  const at::Tensor outer = through(images, unet.outer);
  const at::Tensor inner = doubled(through(halved(outer, unet.down), unet.inner), unet.up);
  const at::Tensor joined = leaky(convolved(inside_of(outer, kLost) + inner, unet.join));
  const std::int64_t scale = unet.last.weight.size(2) - 2;
  return at::conv_transpose2d(joined, unet.last.weight, unet.last.bias, /*stride=*/scale,
                              /*padding=*/scale == 3 ? 2 : 3);
}

at::Tensor through(const at::Tensor& images, const DeepUnet& unet) {
  constexpr std::int64_t kLost = 16;
  constexpr std::int64_t kLostInside = 4;
  const at::Tensor outer = through(images, unet.outer);
  const at::Tensor middle = through(halved(outer, unet.down), unet.middle);
  const at::Tensor inner =
      doubled(through(halved(middle, unet.middle_down), unet.inner), unet.inner_up);
  const at::Tensor upper =
      doubled(through(inside_of(middle, kLostInside) + inner, unet.upper), unet.up);
  const at::Tensor joined = leaky(convolved(inside_of(outer, kLost) + upper, unet.join));
  return convolved(joined, unet.last);
}

at::Tensor RealCugan::padded(const at::Tensor& images) const {
  const auto missing = [&](std::int64_t side) { return (step_ - side % step_) % step_; };
  const at::Tensor grown = pad_by_reflection(images, {margin_, margin_ + missing(images.size(3)),
                                                      margin_, margin_ + missing(images.size(2))});
  return fold_ > 1 ? at::pixel_unshuffle(grown, fold_) : grown;
}

at::Tensor RealCugan::upscaled(const at::Tensor& images) const {
  constexpr std::int64_t kLost = 20;
  const at::Tensor first = through(padded(images), shallow_);
  const at::Tensor features = through(first, deep_).add_(inside_of(first, kLost));
  return shuffles_ ? at::pixel_shuffle(inside_of(convolved(features, final_), 1), 2) : features;
}

at::Tensor RealCugan::forward(const at::Tensor& lq) const {
  const at::Tensor images = pro_ ? lq * kProFactor + kProShift : lq;
  at::Tensor output =
      upscaled(images).narrow(2, 0, lq.size(2) * scale_).narrow(3, 0, lq.size(3) * scale_);
  if (shuffles_) {
    output = output + enlarge_nearest(images, scale_);
  }
  return pro_ ? (output.to(lq.scalar_type()) - kProShift) / kProFactor
              : output.to(lq.scalar_type());
}

}  // namespace

std::unique_ptr<Network> make_network(const arch::RealCuganOptions& options, int scale,
                                      std::uint64_t seed) {
  return std::make_unique<RealCugan>(options, scale, seed);
}

}  // namespace sr
