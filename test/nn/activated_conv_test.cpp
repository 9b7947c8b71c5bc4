#include "nn/activated_conv.h"

#include <cmath>

#include <torch/torch.h>

#include "support/catch.h"
#include "support/counting_allocator.h"

namespace {

constexpr auto kSilu = sr::SmoothActivation::kSilu;
constexpr auto kMish = sr::SmoothActivation::kMish;

sr::Layer random_layer(std::int64_t channels, at::ScalarType type) {
  return {(0.3 * torch::randn({channels, channels, 3, 3})).to(type).set_requires_grad(true),
          (0.1 * torch::randn({channels})).to(type).set_requires_grad(true)};
}

/// Value and all gradients of two expressions of the same leaves agree.
void require_equal(const at::Tensor& found, const at::Tensor& wanted,
                   const std::vector<at::Tensor>& leaves) {
  REQUIRE(torch::allclose(found, wanted, 1e-12, 1e-12));
  const at::Tensor direction = torch::randn_like(wanted);
  const auto found_gradients = torch::autograd::grad({found}, leaves, {direction});
  const auto wanted_gradients = torch::autograd::grad({wanted}, leaves, {direction});
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    CAPTURE(i);
    REQUIRE(torch::allclose(found_gradients[i], wanted_gradients[i], 1e-10, 1e-10));
  }
}

}  // namespace

TEST_CASE("An activated convolution equals composed operators in value and every gradient",
          "[nn]") {
  const auto activation = GENERATE(kSilu, kMish);
  const auto format = GENERATE(at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast);
  at::manual_seed(2);
  const sr::Layer conv = random_layer(4, at::kDouble);
  const at::Tensor features =
      torch::randn({2, 4, 5, 7}, torch::kDouble).contiguous(format).set_requires_grad(true);
  const at::Tensor active = activation == kSilu ? at::silu(features) : at::mish(features);
  require_equal(sr::activated_conv3x3(features, activation, conv),
                at::conv2d(active, conv.weight, conv.bias, 1, 1),
                {features, conv.weight, conv.bias});
}

TEST_CASE("A gated skip equals SPAN's formula in value and both gradients", "[nn]") {
  at::manual_seed(2);
  const at::Tensor features = 3 * torch::randn({2, 3, 4, 5}, torch::kDouble);
  const at::Tensor input = torch::randn({2, 3, 4, 5}, torch::kDouble).set_requires_grad(true);
  features.set_requires_grad(true);
  require_equal(sr::gated_skip(features, input), (features + input) * (features.sigmoid() - 0.5),
                {features, input});
}

TEST_CASE("A gated skip in bfloat16 keeps its precision near zero", "[nn]") {
  const at::Tensor features = torch::full({8}, 0.00390625).to(at::kBFloat16);
  const at::Tensor input = torch::ones({8}).to(at::kBFloat16);
  const double exact = (0.00390625 + 1) * (1 / (1 + std::exp(-0.00390625)) - 0.5);
  const auto found = sr::gated_skip(features, input)[0].item<double>();
  REQUIRE(found == Approx(exact).epsilon(0.01));
}

TEST_CASE("A chain of activated convolutions keeps one tensor a layer", "[nn]") {
  const auto activation = GENERATE(kSilu, kMish);
  constexpr std::int64_t kChannels = 16;
  constexpr std::int64_t kPixels = 64 * 64;
  const sr::Layer conv = random_layer(kChannels, at::kFloat);
  const at::Tensor features = torch::rand({1, kChannels, 64, 64}).set_requires_grad(true);
  const sr::test::CountingAllocator allocator;
  const std::size_t before = allocator.live_bytes();
  at::Tensor output = features;
  for (int i = 0; i < 4; ++i) {
    output = sr::activated_conv3x3(output, activation, conv);
  }
  const double kept =
      static_cast<double>(allocator.live_bytes() - before) / (sizeof(float) * kChannels * kPixels);
  REQUIRE(kept >= 4);
  REQUIRE(kept < 4.2);
}
