#include "loss/pixel_loss.h"

#include <torch/torch.h>

namespace sr {
namespace {

enum class Penalty { kAbsolute, kSquare, kCharbonnier };

/// The gradient is known as soon as the difference is, so forward turns the difference into it in
/// place and backward only scales it; composed operators would keep two or three tensors of the
/// output's size.
class PixelLossFunction : public torch::autograd::Function<PixelLossFunction> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& output,
                            const at::Tensor& gt, Penalty penalty, double eps) {
    const at::AutoDispatchBelowADInplaceOrView guard;
    at::Tensor difference = at::sub(output, gt);
    const double per_element = 1.0 / static_cast<double>(difference.numel());
    at::Tensor loss;
    switch (penalty) {
      case Penalty::kAbsolute:
        loss = difference.abs().mean();
        difference.sgn_().mul_(per_element);
        break;
      case Penalty::kSquare:
        loss = difference.square().mean();
        difference.mul_(2 * per_element);
        break;
      case Penalty::kCharbonnier: {
        const at::Tensor root = difference.square().add_(eps).sqrt_();
        loss = root.mean();
        difference.div_(root).mul_(per_element);
        break;
      }
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

class PixelLoss final : public Loss {
 public:
  PixelLoss(Penalty penalty, double eps) : penalty_(penalty), eps_(eps) {}
  at::Tensor operator()(const LossImages& images) const override {
    return PixelLossFunction::apply(images.output, images.gt, penalty_, eps_);
  }

 private:
  Penalty penalty_;
  double eps_;
};

}  // namespace

std::unique_ptr<Loss> make_l1_loss(const LossConfig&) {
  return std::make_unique<PixelLoss>(Penalty::kAbsolute, 0);
}

std::unique_ptr<Loss> make_mse_loss(const LossConfig&) {
  return std::make_unique<PixelLoss>(Penalty::kSquare, 0);
}

std::unique_ptr<Loss> make_charbonnier_loss(const LossConfig& config) {
  return std::make_unique<PixelLoss>(Penalty::kCharbonnier, config.eps);
}

}  // namespace sr
