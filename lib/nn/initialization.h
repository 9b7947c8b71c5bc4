#pragma once

#include <cstdint>

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

namespace sr {

/// A convolution's or linear layer's leaves; `bias` is undefined where there is none.
struct Layer {
  at::Tensor weight, bias;
};

/// PyTorch's default of Conv2d and Linear: kaiming_uniform with a = sqrt(5), which is
/// U(-1/sqrt(fan_in), 1/sqrt(fan_in)) for weight and bias alike; drawn weight first.
Layer default_layer(at::IntArrayRef weight_shape, bool with_bias, at::Generator& generator);

/// PyTorch's default of ConvTranspose2d, whose weight is [inputs, outputs, side, side]: as above
/// with outputs * side^2 for the fan in.
Layer transposed_layer(at::IntArrayRef weight_shape, at::Generator& generator);

/// BasicSR's default_init_weights: kaiming_normal (N(0, 2 / fan_in)) times `factor`, bias 0.
Layer scaled_normal_layer(at::IntArrayRef weight_shape, double factor, at::Generator& generator);

/// A 1x1 convolution that adds `colour`, one value a channel, to images.
Layer colour_shift(const at::Tensor& colour);

/// The mean colour of DIV2K's images, [3], RGB in [0, 1]: EDSR's line of networks takes it away.
at::Tensor div2k_mean_colour();

/// torch.nn.init.trunc_normal_: N(0, deviation^2) cut off at -2 and 2.
at::Tensor truncated_normal(at::IntArrayRef shape, double deviation, at::Generator& generator);

/// default_layer() with truncated_normal() weights: the bias keeps PyTorch's default.
Layer truncated_normal_layer(at::IntArrayRef weight_shape, double deviation,
                             at::Generator& generator);

}  // namespace sr
