#include "nn/activated_conv.h"

#include <torch/torch.h>

namespace sr {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

at::Tensor activation_backward(const at::Tensor& gradient, const at::Tensor& features,
                               SmoothActivation activation) {
  return activation == SmoothActivation::kSilu ? at::silu_backward(gradient, features)
                                               : at::mish_backward(gradient, features);
}

at::Tensor convolve(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias) {
  return at::conv2d(input, weight.to(input.scalar_type()), bias.to(input.scalar_type()),
                    /*stride=*/1, /*padding=*/1);
}

class ActivatedConv : public torch::autograd::Function<ActivatedConv> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& features,
                            SmoothActivation activation, const at::Tensor& weight,
                            const at::Tensor& bias) {
    const at::AutoDispatchBelowADInplaceOrView guard;
    context->save_for_backward({features, weight});
    context->saved_data["activation"] = static_cast<std::int64_t>(activation);
    return convolve(activate(features, activation), weight, bias);
  }

  static variable_list backward(AutogradContext* context, const variable_list& grad_output) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor& features = saved[0];
    const at::Tensor& weight = saved[1];
    const auto activation =
        static_cast<SmoothActivation>(context->saved_data["activation"].toInt());
    const auto [gradient, grad_weight, grad_bias] = at::convolution_backward(
        grad_output[0], activate(features, activation), weight.to(features.scalar_type()),
        at::IntArrayRef{weight.size(0)}, /*stride=*/{1, 1}, /*padding=*/{1, 1}, /*dilation=*/{1, 1},
        /*transposed=*/false, /*output_padding=*/{0, 0}, /*groups=*/1, {true, true, true});
    return {activation_backward(gradient, features, activation), at::Tensor(),
            grad_weight.to(weight.scalar_type()), grad_bias.to(weight.scalar_type())};
  }
};

/// tanh(x / 2), which is 2 sigmoid(x) - 1.
at::Tensor tanh_of_half(const at::Tensor& features) {
  return at::mul(features, 0.5).tanh_();
}

class GatedSkip : public torch::autograd::Function<GatedSkip> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& features,
                            const at::Tensor& input) {
    const at::AutoDispatchBelowADInplaceOrView guard;
    context->save_for_backward({features, input});
    return at::add(features, input).mul_(tanh_of_half(features)).mul_(0.5);
  }

  static variable_list backward(AutogradContext* context, const variable_list& grad_output) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor& features = saved[0];
    const at::Tensor gate = tanh_of_half(features);
    const at::Tensor half = at::mul(grad_output[0], 0.5);
    const at::Tensor grad_input = at::mul(half, gate);
    // d/dx tanh(x / 2) = (1 - tanh^2) / 2
    const at::Tensor slope = at::rsub(gate.square(), 1).mul_(0.5);
    const at::Tensor grad_features =
        at::add(features, saved[1]).mul_(slope).mul_(half).add_(grad_input);
    return {grad_features, grad_input};
  }
};

}  // namespace

at::Tensor activate(const at::Tensor& features, SmoothActivation activation) {
  return activation == SmoothActivation::kSilu ? at::silu(features) : at::mish(features);
}

at::Tensor activated_conv3x3(const at::Tensor& features, SmoothActivation activation,
                             const Layer& conv) {
  return ActivatedConv::apply(features, activation, conv.weight, conv.bias);
}

at::Tensor gated_skip(const at::Tensor& features, const at::Tensor& input) {
  return GatedSkip::apply(features, input);
}

}  // namespace sr
