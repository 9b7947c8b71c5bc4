#include "nn/mish_kernel.h"

#include <limits>

#include <torch/torch.h>

#include "support/catch.h"

namespace {

/// Values over the whole range of the formula, zeros and what is not finite.
at::Tensor hard_values(at::ScalarType type) {
  const at::Tensor spread = torch::linspace(-120, 120, 4801, torch::kFloat64);
  const double infinity = std::numeric_limits<double>::infinity();
  const at::Tensor special =
      torch::tensor({0.0, -0.0, 1e-30, -1e-30, infinity, std::nan("")}, torch::kFloat64);
  return at::cat({spread, special}).to(type);
}

/// Within some units of the last place of `type`, or both nothing: below -87 the kernel gives 0.
void require_close(const at::Tensor& found, const at::Tensor& wanted, double units) {
  const double epsilon = found.scalar_type() == at::kBFloat16 ? 0x1p-8
                         : found.scalar_type() == at::kFloat  ? 0x1p-23
                                                              : 0x1p-52;
  const at::Tensor exact = wanted.to(torch::kFloat64);
  REQUIRE(torch::allclose(found.to(torch::kFloat64), exact, units * epsilon, 2e-36,
                          /*equal_nan=*/true));
}

constexpr auto kLast = at::MemoryFormat::ChannelsLast;

}  // namespace

TEST_CASE("The mish kernel equals the formula over its whole range", "[nn]") {
  const auto type = GENERATE(at::kFloat, at::kBFloat16, at::kDouble);
  const at::Tensor x = hard_values(type);
  REQUIRE(sr::has_mish_kernel(x));
  const at::Tensor output = torch::empty_like(x);
  sr::mish_kernel_forward(x, output);
  require_close(output, at::mish(x.to(torch::kFloat64)), 8);
}

TEST_CASE("The mish kernel's gradient equals the formula's", "[nn]") {
  const auto type = GENERATE(at::kFloat, at::kBFloat16, at::kDouble);
  const at::Tensor x = hard_values(type).slice(0, 0, 4801);
  const at::Tensor gradient = torch::full_like(x, 0.5);
  sr::mish_kernel_backward(x, gradient);
  const at::Tensor wanted =
      at::mish_backward(torch::full({4801}, 0.5, torch::kFloat64), x.to(torch::kFloat64));
  // Near its zero the derivative is a difference of two numbers of size 1.
  REQUIRE(torch::allclose(gradient.to(torch::kFloat64), wanted,
                          type == at::kBFloat16 ? 0x1p-7 : 1e-6, 1e-7));
}

TEST_CASE("The gated unit's kernels equal composed operators", "[nn]") {
  const auto type = GENERATE(at::kFloat, at::kDouble);
  constexpr std::int64_t kOutputs = 9;
  const std::int64_t mixed_channels = GENERATE(9, 4);
  at::manual_seed(5);
  const auto random = [&](std::int64_t channels) {
    return torch::randn({2, channels, 3, 5}, type).contiguous(kLast);
  };
  const at::Tensor wide = random(2 * kOutputs).set_requires_grad(true);
  const at::Tensor mixed = random(mixed_channels).set_requires_grad(true);
  const at::Tensor direction = random(kOutputs);
  const std::int64_t values = kOutputs - mixed_channels;
  const at::Tensor composed =
      at::mish(wide.narrow(1, 0, kOutputs)) * at::cat({wide.narrow(1, kOutputs, values), mixed}, 1);
  const auto wanted = torch::autograd::grad({composed}, {wide, mixed}, {direction});

  const at::NoGradGuard no_grad;
  const at::Tensor output = torch::empty_like(direction);
  sr::mish_gate_forward(wide, mixed, output);
  const double tolerance = type == at::kFloat ? 1e-6 : 1e-14;
  REQUIRE(torch::allclose(output, composed, tolerance, tolerance));

  const at::Tensor grad_wide = torch::zeros_like(wide);
  const at::Tensor grad_mixed = torch::empty_like(mixed);
  sr::mish_gate_backward(wide, mixed, direction, grad_wide, grad_mixed);
  REQUIRE(torch::allclose(grad_wide, wanted[0], tolerance, tolerance));
  REQUIRE(torch::allclose(grad_mixed, wanted[1], tolerance, tolerance));
}
