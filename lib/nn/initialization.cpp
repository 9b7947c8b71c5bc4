#include "nn/initialization.h"

#include <cmath>

#include <torch/torch.h>

namespace sr {
namespace {

/// Inputs of one output value: everything but the first dimension.
double fan_in(at::IntArrayRef weight_shape) {
  return static_cast<double>(c10::multiply_integers(weight_shape.slice(1)));
}

}  // namespace

Layer default_layer(at::IntArrayRef weight_shape, bool with_bias, at::Generator& generator) {
  const double bound = 1.0 / std::sqrt(fan_in(weight_shape));
  Layer layer;
  layer.weight = torch::empty(weight_shape).uniform_(-bound, bound, generator);
  if (with_bias) {
    layer.bias = torch::empty({weight_shape[0]}).uniform_(-bound, bound, generator);
  }
  return layer;
}

Layer transposed_layer(at::IntArrayRef weight_shape, at::Generator& generator) {
  Layer layer = default_layer(weight_shape, false, generator);
  const double bound = 1.0 / std::sqrt(fan_in(weight_shape));
  layer.bias = torch::empty({weight_shape[1]}).uniform_(-bound, bound, generator);
  return layer;
}

Layer scaled_normal_layer(at::IntArrayRef weight_shape, double factor, at::Generator& generator) {
  const double deviation = std::sqrt(2.0 / fan_in(weight_shape));
  return {torch::empty(weight_shape).normal_(0, deviation, generator).mul_(factor),
          torch::zeros({weight_shape[0]})};
}

Layer colour_shift(const at::Tensor& colour) {
  const std::int64_t channels = colour.size(0);
  return {torch::eye(channels).view({channels, channels, 1, 1}), colour};
}

at::Tensor div2k_mean_colour() {
  return torch::tensor({0.4488F, 0.4371F, 0.4040F});
}

at::Tensor truncated_normal(at::IntArrayRef shape, double deviation, at::Generator& generator) {
  constexpr double kBound = 2;
  const double tail = std::erf(kBound / deviation / std::sqrt(2.0));
  // The smallest draw is -1, once in 2^24 numbers, and its erfinv is infinite: PyTorch then sets
  // the weight to -2, a hundred deviations. The next smaller float stands in for it.
  constexpr double kLargest = 1 - 0x1p-24;
  return torch::empty(shape)
      .uniform_(-tail, tail, generator)
      .clamp_(-kLargest, kLargest)
      .erfinv_()
      .mul_(deviation * std::sqrt(2.0))
      .clamp_(-kBound, kBound);
}

Layer truncated_normal_layer(at::IntArrayRef weight_shape, double deviation,
                             at::Generator& generator) {
  Layer layer = default_layer(weight_shape, true, generator);
  layer.weight = truncated_normal(weight_shape, deviation, generator);
  return layer;
}

}  // namespace sr
