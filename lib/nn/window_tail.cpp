#include "nn/window_tail.h"

#include <string>

#include <torch/torch.h>

#include "nn/nearest.h"

namespace sr {
namespace {

using Kind = arch::WindowUpsampler;

constexpr double kLeakySlope = 0.01;
constexpr double kLeakySlopeNearest = 0.2;

at::Tensor conv3x3(const at::Tensor& features, const Layer& layer) {
  return at::conv2d(features, layer.weight, layer.bias, /*stride=*/1, /*padding=*/1);
}

/// In place: a convolution does not need its own output for backward.
at::Tensor conv3x3_leaky(const at::Tensor& features, const Layer& layer, double slope) {
  at::Tensor output = conv3x3(features, layer);
  return at::leaky_relu_(output, slope);
}

int shuffle_factor(int scale) {
  return scale == 3 ? 3 : 2;
}

}  // namespace

WindowTail::WindowTail(const Settings& settings, at::Generator& generator) : settings_(settings) {
  const int scale = settings.scale;
  switch (settings.kind) {
    case Kind::kPixelShuffle:
    case Kind::kPixelShuffleAux:
      add_shuffles(generator);
      return;
    case Kind::kPixelShuffleDirect:
      add_conv(std::string(settings.shuffles) + "0", settings.inputs,
               settings.outputs * scale * scale, generator);
      return;
    case Kind::kNearestConv:
      add_nearest(generator);
      return;
    case Kind::kNone:
      add_conv("conv_last", settings.inputs, settings.outputs, generator);
      return;
  }
}

void WindowTail::add_conv(const std::string& name, int inputs, int outputs,
                          at::Generator& generator) {
  layers_.push_back(add_layer(name, default_layer({outputs, inputs, 3, 3}, true, generator)));
}

void WindowTail::add_shuffles(at::Generator& generator) {
  const int middle = settings_.middle;
  if (settings_.kind == Kind::kPixelShuffleAux) {
    of_input_ = add_layer("conv_bicubic",
                          default_layer({middle, settings_.outputs, 3, 3}, true, generator));
  }
  add_conv("conv_before_upsample.0", settings_.inputs, middle, generator);
  if (settings_.kind == Kind::kPixelShuffleAux) {
    add_conv("conv_aux", middle, settings_.outputs, generator);
    add_conv("conv_after_aux.0", settings_.outputs, middle, generator);
  }
  const int factor = shuffle_factor(settings_.scale);
  for (int left = settings_.scale, index = 0; left > 1; left /= factor, index += 2) {
    add_conv(settings_.shuffles + std::to_string(index), middle, middle * factor * factor,
             generator);
  }
  add_conv("conv_last", middle, settings_.outputs, generator);
}

void WindowTail::add_nearest(at::Generator& generator) {
  const int middle = settings_.middle;
  add_conv("conv_before_upsample.0", settings_.inputs, middle, generator);
  for (int left = settings_.scale, step = 1; left > 1; left /= 2, ++step) {
    add_conv("conv_up" + std::to_string(step), middle, middle, generator);
  }
  add_conv("conv_hr", middle, middle, generator);
  add_conv("conv_last", middle, settings_.outputs, generator);
}

at::Tensor WindowTail::with_input(const at::Tensor& features, const Beside& beside) const {
  const at::Tensor enlarged =
      at::upsample_bicubic2d(beside.input, {beside.height, beside.width}, /*align_corners=*/false);
  const at::Tensor small = conv3x3(conv3x3_leaky(features, layers_[0], kLeakySlope), layers_[1]);
  at::Tensor inside = conv3x3_leaky(small, layers_[2], kLeakySlope);
  for (std::size_t i = 3; i + 1 < layers_.size(); ++i) {
    inside = at::pixel_shuffle(conv3x3(inside, layers_[i]), shuffle_factor(settings_.scale));
  }
  inside = inside.narrow(2, 0, beside.height).narrow(3, 0, beside.width);
  return conv3x3(inside + conv3x3(enlarged, of_input_), layers_.back());
}

at::Tensor WindowTail::operator()(const at::Tensor& features, const Beside& beside) const {
  if (settings_.kind == Kind::kPixelShuffleAux) {
    return with_input(features, beside);
  }
  if (settings_.kind == Kind::kNone) {
    return conv3x3(features, layers_.front());
  }
  if (settings_.kind == Kind::kPixelShuffleDirect) {
    return at::pixel_shuffle(conv3x3(features, layers_.front()), settings_.scale);
  }
  at::Tensor inside = conv3x3_leaky(features, layers_.front(), kLeakySlope);
  for (std::size_t i = 1; i + 1 < layers_.size(); ++i) {
    const Layer& layer = layers_[i];
    if (settings_.kind == Kind::kPixelShuffle) {
      inside = at::pixel_shuffle(conv3x3(inside, layer), shuffle_factor(settings_.scale));
    } else {
      const bool enlarges = i + 2 < layers_.size();  // all but conv_hr
      inside =
          conv3x3_leaky(enlarges ? enlarge_nearest(inside, 2) : inside, layer, kLeakySlopeNearest);
    }
  }
  return conv3x3(inside, layers_.back());
}

}  // namespace sr
