#include "nn/magnified_gradient.h"

#include <torch/torch.h>

namespace sr {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

class MagnifiedGradient : public torch::autograd::Function<MagnifiedGradient> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& values, double factor) {
    const at::AutoDispatchBelowADInplaceOrView guard;
    context->saved_data["factor"] = factor;
    return values.view_as(values);
  }
  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    return {grads[0] * context->saved_data["factor"].toDouble(), at::Tensor()};
  }
};

}  // namespace

at::Tensor with_gradient_times(const at::Tensor& values, double factor) {
  return values.requires_grad() && at::GradMode::is_enabled()
             ? MagnifiedGradient::apply(values, factor)
             : values;
}

}  // namespace sr
