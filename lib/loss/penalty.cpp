#include "loss/penalty.h"

#include <stdexcept>

#include <torch/torch.h>

namespace sr {
namespace {

/// The gradient is known as soon as the difference is, so forward turns the difference into it in
/// place and backward only scales it; composed operators would keep two or three tensors of the
/// output's size.
class MeanPenaltyFunction : public torch::autograd::Function<MeanPenaltyFunction> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& output,
                            const at::Tensor& target, Criterion criterion, double eps) {
    const at::AutoDispatchBelowADInplaceOrView guard;
    const at::Tensor difference = at::sub(output, target);
    const double per_element = 1.0 / static_cast<double>(difference.numel());
    at::Tensor loss;
    switch (criterion) {
      case Criterion::kL1:
        loss = difference.abs().mean();
        difference.sgn_().mul_(per_element);
        break;
      case Criterion::kL2:
        loss = difference.square().mean();
        difference.mul_(2 * per_element);
        break;
      case Criterion::kCharbonnier: {
        const at::Tensor root = difference.square().add_(eps).sqrt_();
        loss = root.mean();
        difference.div_(root).mul_(per_element);
        break;
      }
      case Criterion::kFrobenius:
        loss = difference.norm();
        difference.div_(loss.masked_fill(loss.eq(0), 1));
        break;
    }
    context->save_for_backward({difference});
    return loss;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list grad_output) {
    const at::Tensor gradient = context->get_saved_variables()[0];
    return {gradient * grad_output[0], at::Tensor(), at::Tensor(), at::Tensor()};
  }
};

}  // namespace

at::Tensor mean_penalty(const at::Tensor& output, const at::Tensor& target, Criterion criterion,
                        double eps) {
  return MeanPenaltyFunction::apply(output, target, criterion, eps);
}

at::Tensor penalty(const at::Tensor& difference, Criterion criterion) {
  switch (criterion) {
    case Criterion::kL1:
      return difference.abs();
    case Criterion::kL2:
      return difference.square();
    case Criterion::kCharbonnier:
      return (difference.square() + 1e-12).sqrt();
    case Criterion::kFrobenius:
      break;
  }
  throw std::logic_error("the Frobenius norm is no function of single elements");
}

at::Tensor power_from_zero(const at::Tensor& base, double exponent) {
  const at::Tensor zero = base.le(0);
  return base.masked_fill(zero, 1).pow(exponent).masked_fill(zero, 0);
}

}  // namespace sr
