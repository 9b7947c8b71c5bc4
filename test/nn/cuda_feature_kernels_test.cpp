#include <torch/torch.h>

#include "device/cuda_backend.h"
#include "nn/feature_kernels.h"
#include "support/catch.h"
#include "support/numerics.h"
// After catch.h: needs its macros.
#include "device/gpu.h"

namespace {

using namespace sr;
using test::relative_error;

constexpr double kSlope = 0.2;

/// Features on the device with a wider tensor around them, and what belongs to their channels.
struct Case {
  at::Tensor x, grad, bias, slope, features;
  double tolerance;

  Case(at::ScalarType type, std::int64_t channels, std::uint64_t seed) {
    torch::manual_seed(seed);
    const auto pixels = [&] {
      return torch::randn({3, channels, 37, 53}, at::kCUDA)
          .to(type)
          .contiguous(at::MemoryFormat::ChannelsLast);
    };
    x = pixels();
    grad = pixels();
    features = pixels();
    bias = torch::randn({channels}, at::kCUDA);
    slope = torch::rand({channels}, at::kCUDA);
    tolerance = type == at::kFloat ? 1e-6 : type == at::kHalf ? 1e-3 : 8e-3;
  }
  /// Channels of a wider tensor.
  static at::Tensor within_wider(const at::Tensor& t) {
    const at::Tensor wider = at::empty({t.size(0), 3 * t.size(1), t.size(2), t.size(3)},
                                       t.options().memory_format(at::MemoryFormat::ChannelsLast));
    at::Tensor part = wider.narrow(1, t.size(1), t.size(1));
    part.copy_(t);
    return part;
  }
  static at::Tensor exact(const at::Tensor& t) { return t.to(at::kCPU, at::kDouble); }
  static at::Tensor by_channel(const at::Tensor& t) { return exact(t).view({1, -1, 1, 1}); }
  static at::Tensor sum(const at::Tensor& t) { return t.sum({0, 2, 3}); }
};

}  // namespace

TEST_CASE("own kernels compute what composed operators do", "[nn][gpu]") {
  SR_OPEN_GPU(cuda);
  const at::ScalarType type = GENERATE(at::kFloat, at::kHalf, at::kBFloat16);
  const std::int64_t channels = GENERATE(8, 24, 64, 200);
  CAPTURE(c10::toString(type), channels);
  const Case c(type, channels, 5);
  REQUIRE(has_feature_kernels(c.x));
  const at::Tensor biased = Case::exact(c.x) + Case::by_channel(c.bias);
  const at::Tensor grad = Case::exact(c.grad);

  const at::Tensor slopes = Case::by_channel(c.slope);
  CHECK(relative_error(bias_prelu(c.x, c.bias, c.slope),
                       at::where(biased > 0, biased, biased * slopes)) < c.tolerance);
  const auto [grad_x, sums] = bias_prelu_backward(c.x, c.bias, c.slope, c.grad);
  const at::Tensor expected = at::where(biased > 0, grad, grad * slopes);
  CHECK(relative_error(grad_x, expected) < c.tolerance);
  CHECK(relative_error(sums[0], Case::sum(expected)) < 1e-4);
  CHECK(relative_error(sums[1], Case::sum(grad * biased.clamp_max(0))) < 1e-4);

  at::Tensor place = Case::within_wider(c.features);
  bias_leaky_relu(c.x, c.bias, kSlope, place);
  CHECK(relative_error(place, at::leaky_relu(biased, kSlope)) < c.tolerance);
  const at::Tensor wide_grad = Case::within_wider(c.grad);
  const auto [leaky_grad, leaky_sum] = leaky_relu_backward(place, wide_grad, kSlope);
  const at::Tensor through = at::where(Case::exact(place) > 0, grad, grad * kSlope);
  CHECK(relative_error(leaky_grad, through) < c.tolerance);
  CHECK(relative_error(leaky_sum[0], Case::sum(through)) < 1e-4);

  CHECK(relative_error(bias_scale_add(c.x, c.bias, kSlope, c.features),
                       Case::exact(c.features) + kSlope * biased) < c.tolerance);
  const auto [scaled, scaled_sum] = scale_backward(c.grad, kSlope);
  CHECK(relative_error(scaled, kSlope * grad) < c.tolerance);
  CHECK(relative_error(scaled_sum[0], Case::sum(kSlope * grad)) < 1e-4);
}

TEST_CASE("sums of own kernels repeat their bits", "[nn][gpu]") {
  SR_OPEN_GPU(cuda);
  const Case c(at::kBFloat16, 64, 6);
  const auto [first_x, first] = bias_prelu_backward(c.x, c.bias, c.slope, c.grad);
  for (int i = 0; i < 5; ++i) {
    const auto [again_x, again] = bias_prelu_backward(c.x, c.bias, c.slope, c.grad);
    CHECK(at::equal(first_x, again_x));
    CHECK(at::equal(first, again));
  }
}

TEST_CASE("features that own kernels cannot take are known", "[nn][gpu]") {
  SR_OPEN_GPU(cuda);
  const Case c(at::kBFloat16, 64, 7);
  CHECK_FALSE(has_feature_kernels(c.x.contiguous()));      // rows of a channel, not pixels
  CHECK_FALSE(has_feature_kernels(c.x.narrow(1, 0, 12)));  // no whole vectors
  CHECK_FALSE(has_feature_kernels(c.x.narrow(1, 4, 8)));   // not aligned
  CHECK_FALSE(has_feature_kernels(c.x.to(at::kDouble)));
  CHECK_FALSE(has_feature_kernels(c.x.to(at::kCPU)));
  CHECK(has_feature_kernels(c.x.narrow(1, 8, 16)));
}
