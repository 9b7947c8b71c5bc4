#include "perception/fixed_layers.h"

#include <torch/torch.h>

namespace sr {

at::Tensor FixedConvolution::operator()(const at::Tensor& x) const {
  return at::conv2d(x, weight, bias, stride, weight.size(2) / 2);
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

FixedConvolution FixedLayers::normalised(const std::string& name, const std::string& norm,
                                         const ConvolutionShape& shape) const {
  constexpr double kSmall = 1e-5;
  const auto of_norm = [&](const char* what) {
    return tensor(norm + what, {shape.outputs}).to(at::kDouble);
  };
  const at::Tensor factor = of_norm(".weight") / (of_norm(".running_var") + kSmall).sqrt();
  const at::Tensor weight =
      tensor(name + ".weight", {shape.outputs, shape.inputs, shape.kernel, shape.kernel});
  return {(weight * factor.view({-1, 1, 1, 1})).to(at::kFloat),
          (of_norm(".bias") - of_norm(".running_mean") * factor).to(at::kFloat), shape.stride};
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
