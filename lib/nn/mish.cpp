#include "nn/mish.h"

#include <utility>

#include <torch/torch.h>

#include "nn/mish_kernel.h"
#include "nn/plain_operators.h"

namespace sr {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr auto kLast = at::MemoryFormat::ChannelsLast;

class Mish : public torch::autograd::Function<Mish> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& features) {
    const at::AutoDispatchBelowADInplaceOrView guard;
    context->save_for_backward({features});
    at::Tensor output = at::empty_like(features);
    mish_kernel_forward(features, output);
    return output;
  }

  static variable_list backward(AutogradContext* context, const variable_list& grad_output) {
    const at::Tensor features = context->get_saved_variables()[0];
    at::Tensor gradient = at::empty_like(features);
    gradient.copy_(grad_output[0]);
    mish_kernel_backward(features, gradient);
    return {gradient};
  }
};

bool has_gate_kernel(const at::Tensor& wide, const at::Tensor& mixed) {
  return !plain_operators() && has_mish_kernel(wide) && has_mish_kernel(mixed) &&
         wide.is_contiguous(kLast) && mixed.is_contiguous(kLast) &&
         wide.scalar_type() == mixed.scalar_type();
}

/// The values of a gated unit.
at::Tensor values_of(const at::Tensor& wide, const at::Tensor& mixed) {
  const std::int64_t gates = wide.size(1) / 2;
  return at::cat({wide.narrow(1, gates, gates - mixed.size(1)), mixed}, 1);
}

at::Tensor product_of(const at::Tensor& wide, const at::Tensor& mixed) {
  const std::int64_t gates = wide.size(1) / 2;
  if (!has_gate_kernel(wide, mixed)) {
    return at::mish(wide.narrow(1, 0, gates)).mul_(values_of(wide, mixed));
  }
  at::Tensor product = at::empty({wide.size(0), gates, wide.size(2), wide.size(3)},
                                 wide.options().memory_format(kLast));
  mish_gate_forward(wide, mixed, product);
  return product;
}

/// Gradients of `wide` and `mixed` from that of their product.
std::pair<at::Tensor, at::Tensor> through_product(const at::Tensor& wide, const at::Tensor& mixed,
                                                  const at::Tensor& gradient) {
  const std::int64_t gates = wide.size(1) / 2;
  const std::int64_t values = gates - mixed.size(1);
  at::Tensor grad_wide = at::empty_like(wide);
  grad_wide.narrow(1, gates + values, mixed.size(1)).zero_();
  if (has_gate_kernel(wide, mixed)) {
    at::Tensor grad_mixed = at::empty_like(mixed);
    mish_gate_backward(wide, mixed, gradient.contiguous(kLast), grad_wide, grad_mixed);
    return {grad_wide, grad_mixed};
  }
  const at::Tensor gate = wide.narrow(1, 0, gates);
  const at::Tensor grad_values = at::mish(gate).mul_(gradient);
  grad_wide.narrow(1, 0, gates)
      .copy_(at::mish_backward(at::mul(gradient, values_of(wide, mixed)), gate));
  grad_wide.narrow(1, gates, values).copy_(grad_values.narrow(1, 0, values));
  return {grad_wide, grad_values.narrow(1, values, mixed.size(1)).contiguous()};
}

class MishGatedConv : public torch::autograd::Function<MishGatedConv> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& wide,
                            const at::Tensor& mixed, const at::Tensor& weight,
                            const at::Tensor& bias) {
    const at::AutoDispatchBelowADInplaceOrView guard;
    context->save_for_backward({wide, mixed, weight});
    return at::conv2d(product_of(wide, mixed), weight.to(wide.scalar_type()),
                      bias.to(wide.scalar_type()), 1, 1);
  }

  static variable_list backward(AutogradContext* context, const variable_list& grad_output) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor& wide = saved[0];
    const at::Tensor& mixed = saved[1];
    const at::Tensor& weight = saved[2];
    const auto [gradient, grad_weight, grad_bias] = at::convolution_backward(
        grad_output[0], product_of(wide, mixed), weight.to(wide.scalar_type()),
        at::IntArrayRef{weight.size(0)}, /*stride=*/{1, 1}, /*padding=*/{1, 1}, /*dilation=*/{1, 1},
        /*transposed=*/false, /*output_padding=*/{0, 0}, /*groups=*/1, {true, true, true});
    const auto [grad_wide, grad_mixed] = through_product(wide, mixed, gradient);
    return {grad_wide, grad_mixed, grad_weight.to(weight.scalar_type()),
            grad_bias.to(weight.scalar_type())};
  }
};

}  // namespace

at::Tensor fast_mish(const at::Tensor& features) {
  return !plain_operators() && has_mish_kernel(features) ? Mish::apply(features)
                                                         : at::mish(features);
}

at::Tensor mish_gated_conv3x3(const at::Tensor& wide, const at::Tensor& mixed, const Layer& conv) {
  return MishGatedConv::apply(wide, mixed, conv.weight, conv.bias);
}

}  // namespace sr
