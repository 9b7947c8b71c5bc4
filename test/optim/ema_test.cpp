#include "optim/ema.h"

#include <algorithm>
#include <cmath>

#include <torch/torch.h>

#include "support/catch.h"
#include "support/counting_allocator.h"

namespace {
const at::Tensor kFinite = torch::tensor(0.0F);
const at::Tensor kNotFinite = torch::tensor(1.0F);
}  // namespace

TEST_CASE("The average follows the decay that warms up by the power law", "[optim]") {
  const double decay = 0.9;
  const double power = 0.75;
  const at::Tensor parameter = torch::zeros({3}, torch::requires_grad());
  sr::Ema ema({parameter}, decay, power, 0);
  double expected = 0;
  for (int n = 1; n <= 40; ++n) {
    const double value = std::sin(n);
    {
      const at::NoGradGuard no_grad;
      parameter.fill_(value);
    }
    ema.update(kFinite);
    const double d = std::min(decay, 1 - std::pow(1.0 + n, -power));
    expected = d * expected + (1 - d) * value;
    REQUIRE(ema.averages()[0][1].item<double>() == Approx(expected).margin(1e-5));
  }
  REQUIRE(ema.updates().item<float>() == 40);
}

TEST_CASE("The first update_after updates copy the parameters", "[optim]") {
  const at::Tensor parameter = torch::zeros({2});
  sr::Ema ema({parameter}, 0.999, 0.75, 3);
  for (int n = 1; n <= 3; ++n) {
    parameter.fill_(n * 1.1);
    ema.update(kFinite);
    REQUIRE(torch::equal(ema.averages()[0], parameter));
  }
  parameter.fill_(9);
  ema.update(kFinite);
  const double d = 1 - std::pow(2.0, -0.75);
  REQUIRE(ema.averages()[0][0].item<double>() == Approx(d * 3.3 + (1 - d) * 9).epsilon(1e-5));
}

TEST_CASE("A skipped step leaves average and count alone", "[optim]") {
  const at::Tensor parameter = torch::ones({2});
  sr::Ema ema({parameter}, 0.999, 0.75, 0);
  parameter.fill_(5);
  ema.update(kFinite);
  const at::Tensor before = ema.averages()[0].clone();
  parameter.fill_(7);
  ema.update(kNotFinite);
  REQUIRE(torch::equal(ema.averages()[0], before));
  REQUIRE(ema.updates().item<float>() == 1);
}

TEST_CASE("The average starts as a copy that does not follow the parameter by itself", "[optim]") {
  const at::Tensor parameter = torch::ones({2, 3, 3, 3}).contiguous(at::MemoryFormat::ChannelsLast);
  const sr::Ema ema({parameter}, 0.999, 0.75, 0);
  parameter.fill_(2);
  REQUIRE(torch::equal(ema.averages()[0], torch::ones({2, 3, 3, 3})));
  REQUIRE(ema.averages()[0].strides() == parameter.strides());
}

TEST_CASE("An update of the average allocates nothing", "[optim]") {
  const at::Tensor weight =
      torch::rand({64, 64, 3, 3}).contiguous(at::MemoryFormat::ChannelsLast).requires_grad_(true);
  sr::Ema ema({weight, torch::rand({64})}, 0.999, GENERATE(0.5, 0.75, 1.0, 10.0), 0);
  REQUIRE(sr::test::count_allocations([&] { ema.update(kFinite); }) == 0);
}
