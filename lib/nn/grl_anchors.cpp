#include "nn/grl_anchors.h"

#include <array>
#include <string>

#include <torch/torch.h>

#include "nn/linear_layer.h"
#include "nn/max_pool.h"

namespace sr {
namespace {

using Kind = arch::AnchorKind;

/// Squares of `side` pixels: [N, H / side, side, W / side, side, C].
at::Tensor in_squares(const at::Tensor& pixels, std::int64_t side) {
  return pixels.reshape(
      {pixels.size(0), pixels.size(1) / side, side, pixels.size(2) / side, side, pixels.size(3)});
}

/// The four pixels of a square one behind the other, columns first.
at::Tensor merged(const at::Tensor& pixels) {
  return in_squares(pixels, 2).permute({0, 1, 3, 4, 2, 5}).flatten(3);
}

}  // namespace

GrlAnchors::GrlAnchors(const Settings& settings, at::Generator& generator)
    : settings_(settings), stride_(settings.one_stage ? settings.factor : 2) {
  const int half = settings.features / 2;
  int index = 0;
  for (std::int64_t left = settings.factor; index == 0 || left > 1; left /= stride_, ++index) {
    const int inputs = index == 0 ? settings.features : half;
    steps_.push_back(
        make_step(std::to_string(index), inputs, static_cast<int>(stride_) + 1, generator));
    if (settings.one_stage) {
      break;
    }
  }
}

GrlAnchors::Step GrlAnchors::make_step(const std::string& name, int inputs, int side,
                                       at::Generator& generator) {
  const int outputs = settings_.features / 2;
  constexpr auto kStart = LinearStart::kTruncatedNormal;
  switch (settings_.kind) {
    case Kind::kAveragePool:
    case Kind::kMaxPool:
      return {add_layer(name + ".reduction",
                        linear_layer(kStart, inputs, outputs, /*with_bias=*/true, generator)),
              {}};
    case Kind::kMergedPixels:
      return {add_layer(name + ".reduction",
                        linear_layer(kStart, 4 * inputs, outputs, /*with_bias=*/false, generator)),
              {}};
    case Kind::kConv:
      return {add_layer(name, default_layer({outputs, inputs, side, side}, true, generator)), {}};
    case Kind::kSeparableConv:
      break;
  }
  const Layer depthwise =
      add_layer(name + ".0", default_layer({inputs, 1, side, side}, true, generator));
  return {depthwise,
          add_layer(name + ".1", default_layer({outputs, inputs, 1, 1}, true, generator))};
}

at::Tensor GrlAnchors::pooled(const at::Tensor& pixels) const {
  if (settings_.kind == Kind::kAveragePool) {
    return in_squares(pixels, stride_).mean(at::IntArrayRef{2, 4});
  }
  return largest_of_windows(pixels.permute({0, 3, 1, 2}), stride_, stride_).permute({0, 2, 3, 1});
}

at::Tensor GrlAnchors::convolved(const Step& step, const at::Tensor& pixels) const {
  const Layer& layer = step.layer;
  const std::int64_t padding = layer.weight.size(2) / 2;
  const at::Tensor features =
      at::conv2d(pixels.permute({0, 3, 1, 2}), layer.weight, layer.bias,
                 at::IntArrayRef{stride_, stride_}, at::IntArrayRef{padding, padding},
                 at::IntArrayRef{1, 1}, pixels.size(3) / layer.weight.size(1));
  const at::Tensor anchors = step.pointwise.weight.defined()
                                 ? at::conv2d(features, step.pointwise.weight, step.pointwise.bias)
                                 : features;
  return anchors.permute({0, 2, 3, 1});
}

at::Tensor GrlAnchors::operator()(const at::Tensor& pixels) const {
  at::Tensor anchors = pixels;
  for (const Step& step : steps_) {
    switch (settings_.kind) {
      case Kind::kAveragePool:
      case Kind::kMaxPool:
        anchors = at::linear(pooled(anchors), step.layer.weight, step.layer.bias);
        break;
      case Kind::kMergedPixels:
        anchors = at::linear(merged(anchors), step.layer.weight);
        break;
      case Kind::kConv:
      case Kind::kSeparableConv:
        anchors = convolved(step, anchors);
        break;
    }
  }
  return anchors;
}

}  // namespace sr
