#include "nn/fixed_layers.h"

#include <torch/torch.h>

namespace sr {

at::Tensor FixedConvolution::operator()(const at::Tensor& x) const {
  const auto in_type = [&](const at::Tensor& own) {
    return own.defined() ? own.to(x.scalar_type()) : own;
  };
  return at::conv2d(x, in_type(weight), in_type(bias), stride, (weight.size(2) - 1) / 2);
}

void FixedConvolution::to(at::Device device, bool channels_last) {
  weight = weight.to(device).contiguous(channels_last ? at::MemoryFormat::ChannelsLast
                                                      : at::MemoryFormat::Contiguous);
  bias = bias.defined() ? bias.to(device) : bias;
}

at::Tensor FixedScale::operator()(const at::Tensor& x) const {
  return at::addcmul(summand.to(x.scalar_type()), x, factor.to(x.scalar_type()));
}

void FixedScale::to(at::Device device) {
  factor = factor.to(device);
  summand = summand.to(device);
}

at::Tensor FixedLinear::operator()(const at::Tensor& x) const {
  return at::linear(x, weight, bias);
}

at::Tensor FixedLayerNorm::operator()(const at::Tensor& x) const {
  return at::layer_norm(x, weight.sizes(), weight, bias);
}

FixedConvolution FixedLayers::convolution(const std::string& name,
                                          const ConvolutionShape& shape) const {
  return {tensor(name + ".weight", {shape.outputs, shape.inputs, shape.kernel, shape.kernel}),
          tensor(name + ".bias", {shape.outputs}), shape.stride};
}

FixedConvolution FixedLayers::without_bias(const std::string& name,
                                           const ConvolutionShape& shape) const {
  return {
      .weight = tensor(name + ".weight", {shape.outputs, shape.inputs, shape.kernel, shape.kernel}),
      .stride = shape.stride};
}

FixedScale FixedLayers::exact_scale(const std::string& norm, std::int64_t channels) const {
  constexpr double kSmall = 1e-5;
  const auto of_norm = [&](const char* what) {
    return tensor(norm + what, {channels}).to(at::kDouble).view({1, -1, 1, 1});
  };
  const at::Tensor factor = of_norm(".weight") / (of_norm(".running_var") + kSmall).sqrt();
  return {factor, of_norm(".bias") - of_norm(".running_mean") * factor};
}

FixedScale FixedLayers::scale(const std::string& norm, std::int64_t channels) const {
  const at::ScalarType type = tensor(norm + ".weight", {channels}).scalar_type();
  const FixedScale exact = exact_scale(norm, channels);
  return {exact.factor.to(type), exact.summand.to(type)};
}

FixedConvolution FixedLayers::normalised(const std::string& name, const std::string& norm,
                                         const ConvolutionShape& shape) const {
  FixedConvolution convolution = without_bias(name, shape);
  const at::ScalarType type = convolution.weight.scalar_type();
  const FixedScale behind = exact_scale(norm, shape.outputs);
  convolution.weight = (convolution.weight * behind.factor.view({-1, 1, 1, 1})).to(type);
  convolution.bias = behind.summand.flatten().to(type);
  return convolution;
}

FixedLinear FixedLayers::linear(const std::string& name, std::int64_t inputs,
                                std::int64_t outputs) const {
  return {tensor(name + ".weight", {outputs, inputs}), tensor(name + ".bias", {outputs})};
}

FixedLayerNorm FixedLayers::layer_norm(const std::string& name, std::int64_t channels) const {
  return {tensor(name + ".weight", {channels}), tensor(name + ".bias", {channels})};
}

at::Tensor FixedLayers::tensor(const std::string& name,
                               const std::vector<std::int64_t>& shape) const {
  return feature_weight(weights_, name, shape, network_).to(device_);
}

}  // namespace sr
