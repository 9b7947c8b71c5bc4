#include "nn/dense_block.h"

#include <torch/torch.h>

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
  return at::conv2d(input, weight.to(input.scalar_type()), bias.to(input.scalar_type()),
                    /*stride=*/1, /*padding=*/1);
}

/// The first channels of `dense`, dense in memory: what convolution `k` sees.
at::Tensor input_of(const at::Tensor& dense, const at::Tensor& weight) {
  return dense.narrow(1, 0, weight.size(1)).contiguous(dense.suggest_memory_format());
}

/// Input and activations side by side: [N, F + 4 G, H, W].
at::Tensor dense_features(const at::Tensor& features, const Parameters& parameters) {
  const at::Tensor& last_weight = parameters[2 * (kConvs - 1)];
  at::Tensor dense =
      at::empty({features.size(0), last_weight.size(1), features.size(2), features.size(3)},
                features.options().memory_format(features.suggest_memory_format()));
  dense.narrow(1, 0, features.size(1)).copy_(features);
  for (std::size_t k = 0; k + 1 < kConvs; ++k) {
    const at::Tensor& weight = parameters[2 * k];
    const at::Tensor grown = conv3x3(input_of(dense, weight), weight, parameters[2 * k + 1]);
    at::Tensor place = dense.narrow(1, weight.size(1), weight.size(0));
    at::leaky_relu_out(place, grown, kLeakySlope);
  }
  return dense;
}

at::Tensor finish(const at::Tensor& features, const at::Tensor& dense,
                  const Parameters& parameters) {
  return conv3x3(dense, parameters[2 * kConvs - 2], parameters[2 * kConvs - 1])
      .mul_(kResidualScale)
      .add_(features);
}

class DenseBlock : public torch::autograd::Function<DenseBlock> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& features,
                            at::TensorList parameter_list) {
    const at::AutoDispatchBelowADInplaceOrView guard;
    Parameters parameters;
    std::copy(parameter_list.begin(), parameter_list.end(), parameters.begin());
    const at::Tensor dense = dense_features(features, parameters);
    variable_list saved{dense};
    for (std::size_t k = 0; k < kConvs; ++k) {
      saved.push_back(parameters[2 * k]);
    }
    context->save_for_backward(std::move(saved));
    return finish(features, dense, parameters);
  }

  static variable_list backward(AutogradContext* context, const variable_list& grad_output) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor& dense = saved[0];
    variable_list gradients(1 + 2 * kConvs);
    at::Tensor grad_dense;
    for (std::size_t k = kConvs; k-- > 0;) {
      const at::Tensor& weight = saved[1 + k];
      const bool last = k + 1 == kConvs;
      const at::Tensor grad_conv =
          last ? grad_output[0].mul(kResidualScale)
               : at::leaky_relu_backward(grad_dense.narrow(1, weight.size(1), weight.size(0)),
                                         dense.narrow(1, weight.size(1), weight.size(0)),
                                         kLeakySlope, /*self_is_result=*/true);
      auto [grad_input, grad_weight, grad_bias] = at::convolution_backward(
          grad_conv, last ? dense : input_of(dense, weight), weight.to(dense.scalar_type()),
          at::IntArrayRef{weight.size(0)}, /*stride=*/{1, 1}, /*padding=*/{1, 1},
          /*dilation=*/{1, 1}, /*transposed=*/false, /*output_padding=*/{0, 0}, /*groups=*/1,
          {true, true, true});
      if (last) {
        grad_dense = std::move(grad_input);
      } else {
        grad_dense.narrow(1, 0, weight.size(1)).add_(grad_input);
      }
      gradients[1 + 2 * k] = grad_weight.to(weight.scalar_type());
      gradients[2 + 2 * k] = grad_bias.to(weight.scalar_type());
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
  if (!at::GradMode::is_enabled()) {
    return finish(features, dense_features(features, parameters), parameters);
  }
  return DenseBlock::apply(features, at::TensorList(parameters));
}

}  // namespace sr
