#include "nn/normalized_conv.h"

#include <torch/torch.h>

#include "nn/mish.h"
#include "support/catch.h"

namespace {

at::Tensor random_leaf(at::IntArrayRef shape) {
  return torch::randn(shape, torch::kFloat64).set_requires_grad(true);
}

/// Value and all gradients of two expressions of the same leaves agree.
void require_equal(const at::Tensor& found, const at::Tensor& wanted,
                   const std::vector<at::Tensor>& leaves) {
  REQUIRE(torch::allclose(found, wanted, 1e-11, 1e-11));
  const at::Tensor direction = torch::randn_like(wanted);
  const auto found_gradients = torch::autograd::grad({found}, leaves, {direction});
  const auto wanted_gradients = torch::autograd::grad({wanted}, leaves, {direction});
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    CAPTURE(i);
    REQUIRE(torch::allclose(found_gradients[i], wanted_gradients[i], 1e-9, 1e-9));
  }
}

constexpr auto kFormats = {at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast};

}  // namespace

TEST_CASE("A normalized convolution equals the norm written out and a convolution", "[nn]") {
  const auto format = GENERATE(values(kFormats));
  at::manual_seed(7);
  const at::Tensor features =
      (3 * torch::randn({2, 5, 4, 6}, torch::kFloat64)).contiguous(format).set_requires_grad(true);
  const sr::Layer norm{random_leaf({5}), random_leaf({5})};
  const sr::Layer conv{random_leaf({4, 5, 3, 3}), random_leaf({4})};
  const at::Tensor mean = features.mean(1, true);
  const at::Tensor variance = (features - mean).pow(2).mean(1, true);
  const at::Tensor inside =
      norm.weight.view({-1, 1, 1}) * ((features - mean) / torch::sqrt(variance + 1e-6)) +
      norm.bias.view({-1, 1, 1});
  require_equal(sr::normalized_conv3x3(features, norm, conv),
                at::conv2d(inside, conv.weight, conv.bias, 1, 1),
                {features, norm.weight, norm.bias, conv.weight, conv.bias});
}

TEST_CASE("A gated convolution equals composed operators in value and every gradient", "[nn]") {
  const auto format = GENERATE(values(kFormats));
  const std::int64_t mixed_channels = GENERATE(3, 6);
  at::manual_seed(7);
  const at::Tensor wide =
      torch::randn({2, 12, 4, 6}, torch::kFloat64).contiguous(format).set_requires_grad(true);
  const at::Tensor mixed = torch::randn({2, mixed_channels, 4, 6}, torch::kFloat64)
                               .contiguous(format)
                               .set_requires_grad(true);
  const sr::Layer conv{random_leaf({4, 6, 3, 3}), random_leaf({4})};
  const at::Tensor values = at::cat({wide.narrow(1, 6, 6 - mixed_channels), mixed}, 1);
  const at::Tensor wanted =
      at::conv2d(at::mish(wide.narrow(1, 0, 6)) * values, conv.weight, conv.bias, 1, 1);
  require_equal(sr::mish_gated_conv3x3(wide, mixed, conv), wanted,
                {wide, mixed, conv.weight, conv.bias});
}

TEST_CASE("fast_mish() has LibTorch's value and gradient on any layout", "[nn]") {
  at::manual_seed(7);
  const at::Tensor all = random_leaf({2, 6, 4, 5});
  const at::Tensor features = GENERATE(false, true) ? all : all.narrow(1, 1, 3);
  require_equal(sr::fast_mish(features), at::mish(features), {all});
}
