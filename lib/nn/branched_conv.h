#pragma once

#include <string>

#include <ATen/core/Tensor.h>

#include "nn/initialization.h"
#include "nn/module.h"

namespace sr {

/// InceptionDWConv2d (InceptionNeXt, Yu et al., 2023; as in traiNNer-redux's MetaGan2 and
/// MetaGAN3): of the channels the last three eighths go through depthwise convolutions of 3x3, 1x11
/// and 11x1, an eighth each, the others stay. Drawn from N(0, 0.02^2), bias 0.
class BranchedConv final : public Module {
 public:
  /// `channels` >= 8.
  BranchedConv(std::int64_t channels, at::Generator& generator);
  /// [N, C, H, W] to the same shape.
  at::Tensor operator()(const at::Tensor& features) const;

 private:
  Layer square_, row_, column_;
};

/// As in BranchedConv: N(0, 0.02^2) cut off at 2, bias 0.
Layer small_layer(at::IntArrayRef weight_shape, at::Generator& generator);

/// Each channel by itself, of the size of the features; `dilation` widens the kernel.
at::Tensor depthwise_conv(const at::Tensor& features, const Layer& layer,
                          std::int64_t dilation = 1);

}  // namespace sr
