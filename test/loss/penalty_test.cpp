#include "loss/penalty.h"

#include <torch/torch.h>

#include "support/catch.h"

TEST_CASE("The Frobenius penalty is the norm of the difference with its direction as gradient",
          "[loss]") {
  const at::Tensor target = torch::zeros({1, 1, 1, 2}, torch::kFloat64);
  const at::Tensor output = torch::tensor({3.0, 4.0}, torch::kFloat64).view({1, 1, 1, 2});
  output.requires_grad_(true);
  const at::Tensor loss = sr::mean_penalty(output, target, sr::Criterion::kFrobenius);
  loss.backward();
  REQUIRE(loss.item<double>() == Approx(5));
  REQUIRE(output.grad()[0][0][0][0].item<double>() == Approx(0.6));
  REQUIRE(output.grad()[0][0][0][1].item<double>() == Approx(0.8));
}

TEST_CASE("Penalties of elements have the mean penalty as their mean", "[loss]") {
  using enum sr::Criterion;
  const auto criterion = GENERATE(kL1, kL2, kCharbonnier);
  const at::Tensor x = torch::sin(torch::arange(60, torch::kFloat64)).view({1, 3, 4, 5});
  REQUIRE(sr::penalty(x, criterion).mean().item<double>() ==
          Approx(sr::mean_penalty(x, torch::zeros_like(x), criterion).item<double>()));
}

TEST_CASE("A power has gradient 0 instead of infinity at 0", "[loss]") {
  const at::Tensor base = torch::tensor({0.0, 4.0}, torch::kFloat64).requires_grad_(true);
  const at::Tensor root = sr::power_from_zero(base, 0.5);
  root.sum().backward();
  REQUIRE(torch::equal(root.detach(), torch::tensor({0.0, 2.0}, torch::kFloat64)));
  REQUIRE(torch::equal(base.grad(), torch::tensor({0.0, 0.25}, torch::kFloat64)));
}
