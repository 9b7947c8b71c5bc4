#include "nn/prelu.h"

#include <optional>

#include <torch/torch.h>

#include "nn/dense_convolutions.h"
#include "nn/plain_operators.h"
#include "nn/prelu_kernel.h"
#include "nn/tile_conv.h"

namespace sr {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

using Bias = std::optional<at::Tensor>;

at::Tensor conv3x3(const at::Tensor& input, const at::Tensor& weight, const Bias& bias) {
  const at::ScalarType type = input.scalar_type();
  return at::conv2d(input, weight.to(type), bias ? Bias(bias->to(type)) : bias,
                    /*stride=*/1, /*padding=*/1);
}

/// The type in which the kernels want slopes: float32 beside bfloat16.
at::Tensor slope_for(const at::Tensor& features, const at::Tensor& slope) {
  return slope.to(features.scalar_type() == at::kDouble ? at::kDouble : at::kFloat);
}

at::Tensor activated(const at::Tensor& features, const at::Tensor& slope) {
  at::Tensor output = at::empty_like(features);
  prelu_forward(features, slope_for(features, slope), output);
  return output;
}

/// conv3x3(prelu(features, slope), weight, bias).
at::Tensor prelu_conv_of(const at::Tensor& features, const at::Tensor& slope,
                         const at::Tensor& weight, const Bias& bias) {
  if (const tiles::Kernels* const kernels = tile_kernels(features)) {
    return tile_prelu_conv(*kernels, features, slope.to(at::kFloat), weight.to(at::kFloat),
                           bias ? bias->to(at::kFloat) : at::Tensor());
  }
  return conv3x3(activated(features, slope), weight, bias);
}

class PreluConv : public torch::autograd::Function<PreluConv> {
 public:
  /// A torch::autograd::Function takes a tensor that may be missing as an optional one alone.
  static at::Tensor forward(AutogradContext* context, const at::Tensor& features,
                            const at::Tensor& slope, const at::Tensor& weight, const Bias& bias) {
    const at::AutoDispatchBelowADInplaceOrView guard;
    context->save_for_backward({features, slope, weight});
    context->saved_data["has_bias"] = bias.has_value();
    return prelu_conv_of(features, slope, weight, bias);
  }

  static variable_list backward(AutogradContext* context, const variable_list& grad_output) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor& features = saved[0];
    const at::Tensor& slope = saved[1];
    const at::Tensor& weight = saved[2];
    const bool has_bias = context->saved_data["has_bias"].toBool();
    if (const tiles::Kernels* const kernels = tile_kernels(features)) {
      const TileGradients gradients = tile_prelu_conv_backward(
          *kernels, grad_output[0].contiguous(at::MemoryFormat::ChannelsLast), features,
          slope.to(at::kFloat), weight.to(at::kFloat));
      return {gradients.features, gradients.slope.to(slope.scalar_type()),
              gradients.weight.to(weight.scalar_type()),
              has_bias ? gradients.bias.to(weight.scalar_type()) : at::Tensor()};
    }
    auto [gradient, grad_weight, grad_bias] = at::convolution_backward(
        grad_output[0], activated(features, slope), weight.to(features.scalar_type()),
        at::IntArrayRef{weight.size(0)}, /*stride=*/{1, 1}, /*padding=*/{1, 1}, /*dilation=*/{1, 1},
        /*transposed=*/false, /*output_padding=*/{0, 0}, /*groups=*/1, {true, true, has_bias});
    gradient = gradient.contiguous(features.is_contiguous() ? at::MemoryFormat::Contiguous
                                                            : at::MemoryFormat::ChannelsLast);
    const at::Tensor grad_slope = prelu_backward(features, slope_for(features, slope), gradient);
    return {gradient, grad_slope.to(slope.scalar_type()), grad_weight.to(weight.scalar_type()),
            has_bias ? grad_bias.to(weight.scalar_type()) : at::Tensor()};
  }
};

class BiasPreluConv : public torch::autograd::Function<BiasPreluConv> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& features,
                            const at::Tensor& bias, const at::Tensor& slope,
                            const at::Tensor& weight) {
    const at::AutoDispatchBelowADInplaceOrView guard;
    const at::Tensor cast = packed_weight(weight, features.scalar_type());
    context->save_for_backward({features, bias, slope, cast});
    return prelu_conv(features, bias, slope, cast);
  }

  static variable_list backward(AutogradContext* context, const variable_list& grad_output) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor& features = saved[0];
    const at::Tensor& bias = saved[1];
    const at::Tensor& slope = saved[2];
    const at::Tensor& weight = saved[3];
    const at::Tensor gradient = grad_output[0].contiguous(at::MemoryFormat::ChannelsLast);
    const auto [grad_features, sums] =
        prelu_conv_data_gradient(gradient, features, bias, slope, weight);
    const at::Tensor grad_weight =
        prelu_conv_weight_gradient(gradient, features, bias, slope, weight);
    return {grad_features, sums[0], sums[1], grad_weight.to(slope.scalar_type())};
  }
};

}  // namespace

at::Tensor bias_prelu_conv3x3(const at::Tensor& features, const at::Tensor& bias,
                              const at::Tensor& slope, const at::Tensor& weight) {
  if (!at::GradMode::is_enabled()) {
    return prelu_conv(features, bias, slope, packed_weight(weight, features.scalar_type()));
  }
  return BiasPreluConv::apply(features, bias, slope, weight);
}

at::Tensor prelu_conv3x3(const at::Tensor& features, const at::Tensor& slope,
                         const at::Tensor& weight, const at::Tensor& bias) {
  const Bias own = bias.defined() ? Bias(bias) : std::nullopt;
  if (plain_operators() || !has_prelu_kernel(features)) {
    return conv3x3(at::prelu(features, slope.to(features.scalar_type())), weight, own);
  }
  if (!at::GradMode::is_enabled()) {
    if (tile_kernels(features) != nullptr) {
      return prelu_conv_of(features, slope, weight, own);
    }
    prelu_forward(features, slope_for(features, slope), features);
    return conv3x3(features, weight, own);
  }
  return PreluConv::apply(features, slope, weight, own);
}

}  // namespace sr
