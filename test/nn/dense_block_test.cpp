#include "nn/dense_block.h"

#include <torch/torch.h>

#include "support/catch.h"
#include "support/counting_allocator.h"

namespace {

std::array<sr::Layer, 5> random_layers(std::int64_t features, std::int64_t growth,
                                       at::ScalarType type) {
  at::manual_seed(5);
  std::array<sr::Layer, 5> layers;
  for (std::int64_t k = 0; k < 5; ++k) {
    const std::int64_t outputs = k < 4 ? growth : features;
    sr::Layer& layer = layers[static_cast<std::size_t>(k)];
    layer.weight = (0.3 * torch::randn({outputs, features + k * growth, 3, 3}))
                       .to(type)
                       .set_requires_grad(true);
    layer.bias = (0.1 * torch::randn({outputs})).to(type).set_requires_grad(true);
  }
  return layers;
}

/// The block as composed operators.
at::Tensor composed(const at::Tensor& features, const std::array<sr::Layer, 5>& layers) {
  std::vector<at::Tensor> seen{features};
  for (std::size_t k = 0; k < 4; ++k) {
    seen.push_back(
        at::leaky_relu(at::conv2d(at::cat(seen, 1), layers[k].weight, layers[k].bias, 1, 1), 0.2));
  }
  return features + 0.2 * at::conv2d(at::cat(seen, 1), layers[4].weight, layers[4].bias, 1, 1);
}

}  // namespace

TEST_CASE("A dense block equals composed operators in value and every gradient", "[nn]") {
  const auto format = GENERATE(at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast);
  const auto layers = random_layers(6, 3, at::kDouble);
  const at::Tensor features =
      torch::randn({2, 6, 5, 7}, torch::kDouble).contiguous(format).set_requires_grad(true);
  std::vector<at::Tensor> leaves{features};
  for (const sr::Layer& layer : layers) {
    leaves.push_back(layer.weight);
    leaves.push_back(layer.bias);
  }
  const at::Tensor expected = composed(features, layers);
  const at::Tensor output = sr::residual_dense_block(features, layers);
  REQUIRE(torch::allclose(output, expected, 1e-12, 1e-12));
  REQUIRE(output.is_contiguous(format));
  const at::Tensor direction = torch::randn_like(output);
  const auto wanted = torch::autograd::grad({expected}, leaves, {direction});
  const auto found = torch::autograd::grad({output}, leaves, {direction});
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    CAPTURE(i);
    REQUIRE(torch::allclose(found[i], wanted[i], 1e-10, 1e-10));
  }
}

TEST_CASE("Without gradients a dense block gives the same values and keeps its input", "[nn]") {
  const auto layers = random_layers(4, 2, at::kFloat);
  const at::Tensor features = torch::randn({1, 4, 5, 5});
  const at::Tensor kept = features.clone();
  const at::Tensor trained = sr::residual_dense_block(features, layers).detach();
  const at::NoGradGuard no_grad;
  REQUIRE(torch::equal(sr::residual_dense_block(features, layers), trained));
  REQUIRE(torch::equal(features, kept));
}

TEST_CASE("A chain of dense blocks keeps little more than one tensor of all channels a block",
          "[nn]") {
  constexpr std::int64_t kPixels = 48 * 48;
  const auto layers = random_layers(64, 32, at::kFloat);
  const at::Tensor features =
      torch::rand({1, 64, 48, 48}).contiguous(at::MemoryFormat::ChannelsLast);
  features.set_requires_grad(true);
  const sr::test::CountingAllocator allocator;
  const std::size_t before = allocator.live_bytes();
  const at::Tensor output = sr::residual_dense_block(features, layers);
  const double kept_channels =
      static_cast<double>(allocator.live_bytes() - before) / (sizeof(float) * kPixels);
  INFO(kept_channels);
  REQUIRE(kept_channels < 64 + 192 + 8);  // the output and what backward needs
  REQUIRE(kept_channels >= 64 + 192);
}
