#include "nn/dense_block.h"

#include <torch/torch.h>

#include <tuple>
#include <vector>

#include "nn/dense_convolutions.h"
#include "nn/feature_kernels.h"
#include "nn/plain_operators.h"

namespace sr {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr std::size_t kConvs = 5;
constexpr double kLeakySlope = 0.2;
constexpr double kResidualScale = 0.2;

/// Weights and biases in turn.
using Parameters = std::array<at::Tensor, 2 * kConvs>;

at::Tensor conv3x3(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias) {
  return at::conv2d(input, weight, bias.defined() ? bias.to(input.scalar_type()) : bias,
                    /*stride=*/1, /*padding=*/1);
}

at::Tensor convolve(const at::Tensor& input, const Parameters& parameters, std::size_t k) {
  return conv3x3(input, parameters[2 * k], parameters[2 * k + 1]);
}

/// Whether the block's convolutions give features that own kernels take.
bool has_own_kernels(const at::Tensor& features, const Parameters& parameters) {
  return has_feature_kernels(features) && parameters[0].size(0) == parameters[2].size(0) &&
         has_feature_kernels(features.narrow(1, 0, parameters[0].size(0)));
}

/// The first channels of `dense`: what a convolution sees.
at::Tensor input_of(const at::Tensor& dense, const at::Tensor& weight) {
  return dense.narrow(1, 0, weight.size(1));
}
at::Tensor copied_input_of(const at::Tensor& dense, const at::Tensor& weight) {
  return input_of(dense, weight).contiguous(dense.suggest_memory_format());
}

/// Input and activations side by side: [N, F + 4 G, H, W].
at::Tensor dense_features(const at::Tensor& features, const Parameters& parameters,
                          bool own_kernels) {
  const at::Tensor& last_weight = parameters[2 * (kConvs - 1)];
  at::Tensor dense =
      at::empty({features.size(0), last_weight.size(1), features.size(2), features.size(3)},
                features.options().memory_format(features.suggest_memory_format()));
  dense.narrow(1, 0, features.size(1)).copy_(features);
  for (std::size_t k = 0; k + 1 < kConvs; ++k) {
    const at::Tensor& weight = parameters[2 * k];
    at::Tensor place = dense.narrow(1, weight.size(1), weight.size(0));
    if (own_kernels) {
      conv_leaky_relu(input_of(dense, weight), weight, parameters[2 * k + 1], kLeakySlope, place);
    } else {
      at::leaky_relu_out(place, convolve(copied_input_of(dense, weight), parameters, k),
                         kLeakySlope);
    }
  }
  return dense;
}

at::Tensor finish(const at::Tensor& features, const at::Tensor& dense, const Parameters& parameters,
                  bool own_kernels) {
  if (own_kernels) {
    return conv_scale_add(dense, parameters[2 * (kConvs - 1)], parameters.back(), kResidualScale,
                          features);
  }
  return convolve(dense, parameters, kConvs - 1).mul_(kResidualScale).add_(features);
}

at::Tensor plain_block(const at::Tensor& features, const Parameters& parameters) {
  std::vector<at::Tensor> seen{features};
  for (std::size_t k = 0; k + 1 < kConvs; ++k) {
    const at::Tensor input = k == 0 ? features : at::cat(seen, 1);
    seen.push_back(at::leaky_relu(convolve(input, parameters, k), kLeakySlope));
  }
  return finish(features, at::cat(seen, 1), parameters, /*own_kernels=*/false);
}

/// With the weights in the type of the features: in that they are kept for backward, too.
Parameters cast_weights(Parameters parameters, at::ScalarType type, bool own_kernels) {
  for (std::size_t k = 0; k < kConvs; ++k) {
    at::Tensor& weight = parameters[2 * k];
    weight = own_kernels ? packed_weight(weight, type) : weight.to(type);
  }
  return parameters;
}

/// The gradient of a convolution's output and, by own kernels, the sum of its bias.
using Through = std::tuple<at::Tensor, at::Tensor>;

Through through_residual(const at::Tensor& gradient, bool own_kernels) {
  return own_kernels
             ? scale_backward(gradient.contiguous(at::MemoryFormat::ChannelsLast), kResidualScale)
             : Through{gradient.mul(kResidualScale), {}};
}

Through through_activation(const at::Tensor& output, const at::Tensor& gradient, bool own_kernels) {
  return own_kernels ? leaky_relu_backward(output, gradient, kLeakySlope)
                     : Through{at::leaky_relu_backward(gradient, output, kLeakySlope,
                                                       /*self_is_result=*/true),
                               {}};
}

struct LayerGradients {
  at::Tensor weight, bias;
};

/// The gradients of a convolution's parameters. That of its input is added to the first channels of
/// `sum`, or becomes it where it is undefined. `sums`: the bias's, by own kernels.
LayerGradients through_convolution(const at::Tensor& gradient, const at::Tensor& sums,
                                   const at::Tensor& dense, const at::Tensor& weight,
                                   bool own_kernels, at::Tensor& sum) {
  if (own_kernels) {
    const at::Tensor input = input_of(dense, weight);
    if (sum.defined()) {
      at::Tensor place = input_of(sum, weight);
      add_conv_data_gradient(gradient, input, weight, place);
    } else {
      sum = conv_data_gradient(gradient, input, weight);
    }
    return {conv_weight_gradient(gradient, input, weight), sums[0]};
  }
  auto [grad_input, grad_weight, grad_bias] = at::convolution_backward(
      gradient, copied_input_of(dense, weight), weight, at::IntArrayRef{weight.size(0)},
      /*stride=*/{1, 1}, /*padding=*/{1, 1}, /*dilation=*/{1, 1}, /*transposed=*/false,
      /*output_padding=*/{0, 0}, /*groups=*/1, {true, true, true});
  if (sum.defined()) {
    input_of(sum, weight).add_(grad_input);
  } else {
    sum = grad_input.contiguous(dense.suggest_memory_format());
  }
  return {grad_weight, grad_bias};
}

class DenseBlock : public torch::autograd::Function<DenseBlock> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& features,
                            at::TensorList parameter_list) {
    const at::AutoDispatchBelowADInplaceOrView guard;
    Parameters parameters;
    std::copy(parameter_list.begin(), parameter_list.end(), parameters.begin());
    const at::ScalarType parameter_type = parameters[0].scalar_type();
    const bool own_kernels = has_own_kernels(features, parameters);
    parameters = cast_weights(std::move(parameters), features.scalar_type(), own_kernels);
    const at::Tensor dense = dense_features(features, parameters, own_kernels);
    variable_list saved{dense};
    for (std::size_t k = 0; k < kConvs; ++k) {
      saved.push_back(parameters[2 * k]);
    }
    context->save_for_backward(std::move(saved));
    context->saved_data["own_kernels"] = own_kernels;
    context->saved_data["parameter_type"] = parameter_type;
    return finish(features, dense, parameters, own_kernels);
  }

  static variable_list backward(AutogradContext* context, const variable_list& grad_output) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor& dense = saved[0];
    const bool own_kernels = context->saved_data["own_kernels"].toBool();
    const at::ScalarType parameter_type = context->saved_data["parameter_type"].toScalarType();
    variable_list gradients(1 + 2 * kConvs);
    at::Tensor grad_dense;
    for (std::size_t k = kConvs; k-- > 0;) {
      const at::Tensor& weight = saved[1 + k];
      const bool last = k + 1 == kConvs;
      const auto [grad_conv, sums] =
          last ? through_residual(grad_output[0], own_kernels)
               : through_activation(dense.narrow(1, weight.size(1), weight.size(0)),
                                    grad_dense.narrow(1, weight.size(1), weight.size(0)),
                                    own_kernels);
      const LayerGradients of_layer =
          through_convolution(grad_conv, sums, dense, weight, own_kernels, grad_dense);
      gradients[1 + 2 * k] = of_layer.weight.to(parameter_type);
      gradients[2 + 2 * k] = own_kernels ? of_layer.bias : of_layer.bias.to(parameter_type);
    }
    gradients[0] = grad_dense.narrow(1, 0, grad_output[0].size(1)) + grad_output[0];
    return gradients;
  }
};

}  // namespace

at::Tensor residual_dense_block(const at::Tensor& features, const std::array<Layer, 5>& layers) {
  Parameters parameters;
  for (std::size_t k = 0; k < kConvs; ++k) {
    parameters[2 * k] = layers[k].weight;
    parameters[2 * k + 1] = layers[k].bias;
  }
  if (plain_operators()) {
    return plain_block(features, parameters);
  }
  if (!at::GradMode::is_enabled()) {
    const bool own_kernels = has_own_kernels(features, parameters);
    parameters = cast_weights(std::move(parameters), features.scalar_type(), own_kernels);
    return finish(features, dense_features(features, parameters, own_kernels), parameters,
                  own_kernels);
  }
  return DenseBlock::apply(features, at::TensorList(parameters));
}

}  // namespace sr
