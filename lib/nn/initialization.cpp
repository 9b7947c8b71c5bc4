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

Layer scaled_normal_layer(at::IntArrayRef weight_shape, double factor, at::Generator& generator) {
  const double deviation = std::sqrt(2.0 / fan_in(weight_shape));
  return {torch::empty(weight_shape).normal_(0, deviation, generator).mul_(factor),
          torch::zeros({weight_shape[0]})};
}

}  // namespace sr
