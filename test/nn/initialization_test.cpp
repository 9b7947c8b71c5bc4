#include "nn/initialization.h"

#include <cmath>

#include <torch/torch.h>

#include "support/catch.h"

namespace {

at::Generator generator_of(std::uint64_t seed) {
  return at::make_generator<at::CPUGeneratorImpl>(seed);
}

}  // namespace

TEST_CASE("Truncated normal weights have the deviation asked for and no outlier", "[nn]") {
  at::Generator generator = generator_of(4);
  const at::Tensor weights = sr::truncated_normal({1 << 20}, 0.02, generator);
  REQUIRE(weights.mean().item<double>() == Approx(0).margin(1e-4));
  REQUIRE(weights.std().item<double>() == Approx(0.02).epsilon(0.01));
  // The kurtosis tells a normal distribution from others of this deviation.
  REQUIRE((weights / 0.02).pow(4).mean().item<double>() == Approx(3).epsilon(0.05));
  REQUIRE(weights.abs().max().item<double>() < 0.12);
}

TEST_CASE("Truncated normal weights of a wide distribution end at two", "[nn]") {
  at::Generator generator = generator_of(4);
  const at::Tensor weights = sr::truncated_normal({1 << 16}, 4, generator);
  REQUIRE(weights.abs().max().item<double>() <= 2);
  REQUIRE(weights.abs().max().item<double>() > 1.99);
}

TEST_CASE("A truncated normal layer keeps PyTorch's default bias", "[nn]") {
  at::Generator generator = generator_of(4);
  const sr::Layer layer = sr::truncated_normal_layer({256, 16, 3, 3}, 0.02, generator);
  const double bound = 1 / std::sqrt(16 * 9.0);
  REQUIRE(layer.bias.abs().max().item<double>() <= bound);
  REQUIRE(layer.bias.std().item<double>() == Approx(bound / std::sqrt(3.0)).epsilon(0.2));
  REQUIRE(layer.weight.std().item<double>() == Approx(0.02).epsilon(0.02));
}
