#include <cmath>

#include <torch/torch.h>

#include "loss/loss.h"
#include "support/catch.h"
#include "support/losses.h"

namespace {

struct Case {
  const char* type;
  double (*penalty)(double difference);
};

const Case kCases[] = {
    {"l1loss", [](double d) { return std::abs(d); }},
    {"mseloss", [](double d) { return d * d; }},
    {"charbonnierloss", [](double d) { return std::sqrt(d * d + 1e-12); }},
};

std::unique_ptr<sr::Loss> make(const std::string& type) {
  return std::move(sr::make_losses({sr::test::loss_named(type)})[0].loss);
}

at::Tensor example(double phase, at::ScalarType type) {
  return torch::sin(torch::arange(2 * 3 * 4 * 5, torch::kFloat64) + phase)
      .view({2, 3, 4, 5})
      .to(type);
}

}  // namespace

TEST_CASE("Losses are the mean of their penalty over all elements", "[loss]") {
  const Case& c = kCases[GENERATE(0, 1, 2)];
  const at::Tensor output = example(0, torch::kFloat64);
  const at::Tensor gt = example(0.3, torch::kFloat64);
  double expected = 0;
  const at::Tensor difference = (output - gt).view(-1);
  for (std::int64_t i = 0; i < difference.numel(); ++i) {
    expected += c.penalty(difference[i].item<double>());
  }
  expected /= static_cast<double>(difference.numel());
  const at::Tensor loss = (*make(c.type))({output, gt});
  REQUIRE(loss.dim() == 0);
  REQUIRE(loss.item<double>() == Approx(expected).epsilon(1e-12));
}

TEST_CASE("Loss gradients equal central differences", "[loss]") {
  const Case& c = kCases[GENERATE(0, 1, 2)];
  const auto loss = make(c.type);
  const at::Tensor gt = example(0.3, torch::kFloat64);
  const at::Tensor output = example(0, torch::kFloat64).requires_grad_(true);
  (3 * (*loss)({output, gt})).backward();
  const double h = 1e-6;
  for (const std::int64_t i : {0, 7, 63, 119}) {
    const at::NoGradGuard no_grad;
    const at::Tensor up = output.detach().clone();
    up.view(-1)[i].add_(h);
    const at::Tensor down = output.detach().clone();
    down.view(-1)[i].sub_(h);
    const double slope = 3 * ((*loss)({up, gt}) - (*loss)({down, gt})).item<double>() / (2 * h);
    REQUIRE(output.grad().view(-1)[i].item<double>() == Approx(slope).epsilon(1e-5));
  }
}

TEST_CASE("Losses and gradients equal those of LibTorch's operators in float32", "[loss]") {
  const Case& c = kCases[GENERATE(0, 1, 2)];
  const std::string type = c.type;
  const at::Tensor gt = example(0.3, torch::kFloat32);
  const at::Tensor ours = example(0, torch::kFloat32).requires_grad_(true);
  const at::Tensor theirs = example(0, torch::kFloat32).requires_grad_(true);
  const at::Tensor loss = (*make(type))({ours, gt});
  const at::Tensor reference = type == "l1loss" ? torch::l1_loss(theirs, gt)
                               : type == "mseloss"
                                   ? torch::mse_loss(theirs, gt)
                                   : torch::sqrt((theirs - gt).square() + 1e-12).mean();
  loss.backward();
  reference.backward();
  REQUIRE(torch::allclose(loss, reference, 1e-6, 1e-8));
  REQUIRE(torch::allclose(ours.grad(), theirs.grad(), 1e-5, 1e-9));
}

TEST_CASE("Charbonnier and L1 have zero gradient where output equals ground truth", "[loss]") {
  const auto loss = make(GENERATE("l1loss", "charbonnierloss"));
  const at::Tensor output = torch::ones({1, 3, 2, 2}, torch::requires_grad());
  (*loss)({output, torch::ones({1, 3, 2, 2})}).backward();
  REQUIRE(output.grad().abs().sum().item<float>() == 0);
}

TEST_CASE("Charbonnier takes eps from its configuration", "[loss]") {
  const auto loss = make_loss(sr::recipe::CharbonnierOptions{0.25});
  const at::Tensor same = torch::zeros({1, 3, 2, 2});
  REQUIRE((*loss)({same, same}).item<float>() == Approx(0.5));
}

TEST_CASE("A loss that is not finite is passed on as it is", "[loss]") {
  const auto loss = make(GENERATE("l1loss", "mseloss", "charbonnierloss"));
  const at::Tensor bad = torch::full({1, 3, 2, 2}, std::nan(""));
  REQUIRE(std::isnan((*loss)({bad, torch::zeros({1, 3, 2, 2})}).item<float>()));
}
