#pragma once

#include <torch/torch.h>

#include <vector>

namespace sr::test {

/// A training step's allocation pattern in small: conv, PReLU, residual, conv, two losses, backward
/// into gradients that are there already, as the trainer has them. The branches matter: a failure
/// in one leaves the other's task, and its tensors, in the autograd engine's queue.
class ToyStep {
 public:
  ToyStep() {
    for (auto& weight : {weight_1_, slope_, weight_2_}) {
      weight.mutable_grad() = torch::zeros_like(weight);
    }
  }

  void run() {
    const auto first = torch::conv2d(input_, weight_1_, {}, 1, 1);
    const auto hidden = torch::prelu(first, slope_) + first;
    const auto output = torch::conv2d(hidden, weight_2_, {}, 1, 1);
    (torch::l1_loss(output, target_) + torch::mse_loss(output, target_)).backward();
  }

  void zero_gradients() {
    for (const auto& weight : {weight_1_, slope_, weight_2_}) {
      weight.grad().zero_();
    }
  }

  std::vector<torch::Tensor> gradients() const {
    return {weight_1_.grad().clone(), slope_.grad().clone(), weight_2_.grad().clone()};
  }

 private:
  torch::Tensor input_ = torch::linspace(-1, 1, 2 * 3 * 16 * 16).reshape({2, 3, 16, 16});
  torch::Tensor target_ = torch::linspace(1, 0, 2 * 3 * 16 * 16).reshape({2, 3, 16, 16});
  torch::Tensor weight_1_ =
      torch::linspace(-0.3, 0.3, 8 * 3 * 9).reshape({8, 3, 3, 3}).requires_grad_(true);
  torch::Tensor slope_ = torch::full({8}, 0.25).requires_grad_(true);
  torch::Tensor weight_2_ =
      torch::linspace(-0.2, 0.4, 3 * 8 * 9).reshape({3, 8, 3, 3}).requires_grad_(true);
};

}  // namespace sr::test
