#include "nn/feature_kernels.h"

#include <torch/torch.h>

#include <ATen/core/dispatch/Dispatcher.h>

#include "nn/own_operator.h"

namespace sr {
namespace {

using Pair = std::tuple<at::Tensor, at::Tensor>;

class BiasedLeakyRelu : public torch::autograd::Function<BiasedLeakyRelu> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& x,
                            const at::Tensor& bias, double slope) {
    const at::AutoDispatchBelowADInplaceOrView guard;
    at::Tensor out = at::empty_like(x);
    bias_leaky_relu(x, bias, slope, out);
    context->save_for_backward({out});
    context->saved_data["slope"] = slope;
    return out;
  }

  static torch::autograd::variable_list backward(
      torch::autograd::AutogradContext* context,
      const torch::autograd::variable_list& grad_output) {
    const at::Tensor out = context->get_saved_variables()[0];
    const auto [gradient, sums] =
        leaky_relu_backward(out, grad_output[0].contiguous(at::MemoryFormat::ChannelsLast),
                            context->saved_data["slope"].toDouble());
    return {gradient, sums[0], at::Tensor()};
  }
};

}  // namespace

bool has_feature_kernels(const at::Tensor& features) {
  if (!features.is_cuda()) {
    return false;
  }
  const auto found = c10::Dispatcher::singleton().findSchema({"sr::has_feature_kernels", ""});
  return found && found->typed<bool(const at::Tensor&)>().call(features);
}

at::Tensor add_bias(const at::Tensor& x, const at::Tensor& bias) {
  return x + bias.view({1, -1, 1, 1}).to(x.scalar_type());
}

at::Tensor bias_prelu(const at::Tensor& x, const at::Tensor& bias, const at::Tensor& slope) {
  static const auto kOperation =
      own_operator<at::Tensor(const at::Tensor&, const at::Tensor&, const at::Tensor&)>(
          "sr::bias_prelu");
  return kOperation.call(x, bias, slope);
}

Pair bias_prelu_backward(const at::Tensor& x, const at::Tensor& bias, const at::Tensor& slope,
                         const at::Tensor& grad) {
  static const auto kOperation =
      own_operator<Pair(const at::Tensor&, const at::Tensor&, const at::Tensor&,
                        const at::Tensor&)>("sr::bias_prelu_backward");
  return kOperation.call(x, bias, slope, grad);
}

void bias_leaky_relu(const at::Tensor& x, const at::Tensor& bias, double slope, at::Tensor& out) {
  static const auto kOperation =
      own_operator<void(const at::Tensor&, const at::Tensor&, double, at::Tensor&)>(
          "sr::bias_leaky_relu");
  kOperation.call(x, bias, slope, out);
}

Pair leaky_relu_backward(const at::Tensor& out, const at::Tensor& grad, double slope) {
  static const auto kOperation =
      own_operator<Pair(const at::Tensor&, const at::Tensor&, double)>("sr::leaky_relu_backward");
  return kOperation.call(out, grad, slope);
}

at::Tensor biased_leaky_relu(const at::Tensor& x, const at::Tensor& bias, double slope) {
  return BiasedLeakyRelu::apply(x, bias, slope);
}

at::Tensor bias_scale_add(const at::Tensor& x, const at::Tensor& bias, double scale,
                          const at::Tensor& features) {
  static const auto kOperation =
      own_operator<at::Tensor(const at::Tensor&, const at::Tensor&, double, const at::Tensor&)>(
          "sr::bias_scale_add");
  return kOperation.call(x, bias, scale, features);
}

Pair scale_backward(const at::Tensor& grad, double scale) {
  static const auto kOperation =
      own_operator<Pair(const at::Tensor&, double)>("sr::scale_backward");
  return kOperation.call(grad, scale);
}

}  // namespace sr
