#include "nn/autocast.h"

#include <ATen/autocast_mode.h>
#include <torch/torch.h>

#include "nn/network.h"
#include "support/catch.h"
#include "support/networks.h"

TEST_CASE("Autocast holds for its scope and what was before comes back", "[nn]") {
  REQUIRE_FALSE(at::autocast::is_autocast_enabled(at::kCPU));
  const at::Tensor x = torch::rand({1, 1, 4, 4});
  const at::Tensor weight = torch::rand({1, 1, 3, 3});
  {
    const sr::AutocastGuard outer(at::kCPU, at::kBFloat16);
    REQUIRE(at::conv2d(x, weight).scalar_type() == at::kBFloat16);
    {
      const sr::AutocastGuard inner(at::kCPU, at::kHalf);
      REQUIRE(at::autocast::get_autocast_dtype(at::kCPU) == at::kHalf);
    }
    REQUIRE(at::autocast::get_autocast_dtype(at::kCPU) == at::kBFloat16);
  }
  REQUIRE(at::conv2d(x, weight).scalar_type() == at::kFloat);
}

TEST_CASE("An autocast guard without a type changes nothing", "[nn]") {
  const sr::AutocastGuard guard(at::kCPU, std::nullopt);
  REQUIRE_FALSE(at::autocast::is_autocast_enabled(at::kCPU));
}

TEST_CASE("Weights changed between two autocast scopes are seen by the second", "[nn]") {
  const at::Tensor x = torch::ones({1, 1, 3, 3});
  at::Tensor weight = torch::ones({1, 1, 3, 3}, torch::requires_grad());
  const auto run = [&] {
    const sr::AutocastGuard guard(at::kCPU, at::kBFloat16);
    return at::conv2d(x, weight).item<float>();
  };
  REQUIRE(run() == 9);
  {
    const at::NoGradGuard no_grad;
    weight.mul_(2);
  }
  REQUIRE(run() == 18);
}

TEST_CASE("A network trains under autocast with float32 output and gradients", "[nn]") {
  const sr::NetworkConfig config = sr::test::network_of(
      GENERATE("compact", "rrdbnet"),
      {{"num_feat", "8"}, {"num_conv", "2"}, {"num_block", "2"}, {"num_grow_ch", "4"}});
  const double tolerance = config.type == "compact" ? 0.02 : 0.03;
  const auto network = sr::make_network(config, 2, 0);
  network->to(at::kCPU, GENERATE(false, true));
  const at::Tensor lq = torch::rand({2, 3, 8, 8});
  const at::Tensor exact = network->forward(lq).detach();
  at::Tensor loss;
  {
    const sr::AutocastGuard guard(at::kCPU, at::kBFloat16);
    const at::Tensor output = network->forward(lq);
    REQUIRE(output.scalar_type() == at::kFloat);
    REQUIRE(torch::allclose(output, exact, tolerance, tolerance));
    REQUIRE_FALSE(torch::equal(output, exact));
    loss = output.square().mean();
  }
  loss.backward();
  for (const sr::NamedTensor& parameter : network->parameters()) {
    REQUIRE(parameter.tensor.grad().scalar_type() == at::kFloat);
    REQUIRE(parameter.tensor.grad().abs().sum().item<float>() > 0);
  }
}
