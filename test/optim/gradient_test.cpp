#include "optim/gradient.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include <torch/torch.h>

#include "support/catch.h"
#include "support/counting_allocator.h"

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

/// A large weight, so that LibTorch would split its reduction over threads, and a vector.
std::vector<at::Tensor> example_gradients() {
  return {torch::sin(torch::arange(64 * 64 * 9, torch::kFloat32))
              .view({64, 64, 3, 3})
              .contiguous(at::MemoryFormat::ChannelsLast),
          torch::cos(torch::arange(64, torch::kFloat32)), torch::tensor(0.5F)};
}

double norm_of(const std::vector<at::Tensor>& gradients) {
  double sum = 0;
  for (const at::Tensor& gradient : gradients) {
    sum += gradient.to(torch::kFloat64).square().sum().item<double>();
  }
  return std::sqrt(sum);
}

const at::Tensor kLoss = torch::tensor(0.1F);
const at::Tensor kOne = torch::tensor(1.0F);

}  // namespace

TEST_CASE("Finite gradients are unscaled and leave the flag at zero", "[optim]") {
  std::vector<at::Tensor> gradients = example_gradients();
  const at::Tensor expected = gradients[0] / 8;
  sr::GradientGuard guard(gradients, 0);
  guard.run(kLoss, torch::tensor(0.125F));
  REQUIRE(torch::equal(gradients[0], expected));
  REQUIRE(guard.found_inf().item<float>() == 0);
  REQUIRE(guard.norm().item<float>() == 0);
}

TEST_CASE("One value that is not finite anywhere raises the flag and the next run clears it",
          "[optim]") {
  const float bad = std::array{kInfinity, -kInfinity, kNan}[GENERATE(0U, 1U, 2U)];
  const std::size_t which = GENERATE(std::size_t{0}, std::size_t{1}, std::size_t{2});
  const double max_norm = GENERATE(0.0, 1.0);
  CAPTURE(bad, which, max_norm);
  std::vector<at::Tensor> gradients = example_gradients();
  sr::GradientGuard guard(gradients, max_norm);
  gradients[which].as_strided({1}, {1}, gradients[which].numel() - 1).fill_(bad);
  guard.run(kLoss, kOne);
  REQUIRE(guard.found_inf().item<float>() == 1);
  for (const at::Tensor& gradient : gradients) {
    gradient.fill_(0.01F);
  }
  guard.run(kLoss, kOne);
  REQUIRE(guard.found_inf().item<float>() == 0);
}

TEST_CASE("A loss that is not finite raises the flag even when the gradients are finite",
          "[optim]") {
  sr::GradientGuard guard(example_gradients(), 0);
  guard.run(torch::tensor(kNan), kOne);
  REQUIRE(guard.found_inf().item<float>() == 1);
}

TEST_CASE("Gradients above the norm are scaled down to it and the norm before is kept", "[optim]") {
  std::vector<at::Tensor> gradients = example_gradients();
  const double before = norm_of(gradients);
  const at::Tensor expected = gradients[0] * (0.5 / (before + 1e-6));
  sr::GradientGuard guard(gradients, 0.5);
  guard.run(kLoss, kOne);
  REQUIRE(guard.norm().item<double>() == Approx(before).epsilon(1e-5));
  REQUIRE(norm_of(gradients) == Approx(0.5).epsilon(1e-5));
  REQUIRE(torch::allclose(gradients[0], expected, 1e-5, 1e-9));
}

TEST_CASE("The gradient of a weight of any number of dimensions is clipped", "[optim]") {
  for (std::vector<std::int64_t> shape{64}; shape.size() <= 7; shape.push_back(2)) {
    CAPTURE(shape);
    std::vector<at::Tensor> gradients{torch::full(shape, 0.5F)};
    const double before = norm_of(gradients);
    sr::GradientGuard guard(gradients, 1);
    guard.run(kLoss, kOne);
    REQUIRE(guard.norm().item<double>() == Approx(before).epsilon(1e-5));
    REQUIRE(norm_of(gradients) == Approx(1).epsilon(1e-5));
    REQUIRE(sr::test::count_allocations([&] { guard.run(kLoss, kOne); }) == 0);
  }
}

TEST_CASE("Gradients below the norm are not touched by clipping", "[optim]") {
  std::vector<at::Tensor> gradients = example_gradients();
  const at::Tensor expected = gradients[0].clone();
  sr::GradientGuard guard(gradients, 1e6);
  guard.run(kLoss, kOne);
  REQUIRE(torch::equal(gradients[0], expected));
}

TEST_CASE("Checking unscaling and clipping allocate nothing", "[optim]") {
  const double max_norm = GENERATE(0.0, 0.5);
  sr::GradientGuard guard(example_gradients(), max_norm);
  const at::Tensor loss = torch::tensor(0.1F, torch::requires_grad());
  REQUIRE(sr::test::count_allocations([&] { guard.run(loss, kOne); }) == 0);
}
