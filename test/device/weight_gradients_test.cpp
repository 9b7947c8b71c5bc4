#include "device/weight_gradients.h"

#include <array>
#include <thread>
#include <tuple>

#include <ATen/Parallel.h>
#include <ATen/ops/convolution_backward_compositeexplicitautograd_dispatch.h>
#include <torch/torch.h>

#include "support/catch.h"

namespace sr {
namespace {

using Gradients = std::tuple<at::Tensor, at::Tensor, at::Tensor>;

struct Layer {
  at::Tensor input, weight, grad_output;
  std::array<bool, 3> wanted{true, true, true};

  explicit Layer(std::int64_t samples, at::ScalarType type = at::kFloat) {
    torch::manual_seed(3);
    const auto made = [&](at::IntArrayRef shape) {
      return torch::randn(shape).to(type).contiguous(at::MemoryFormat::ChannelsLast);
    };
    input = made({samples, 24, 40, 44});
    weight = made({16, 24, 3, 3});
    grad_output = made({samples, 16, 40, 44});
  }

  Gradients gradients() const {
    return at::convolution_backward(grad_output, input, weight, at::IntArrayRef{weight.size(0)},
                                    {1, 1}, {1, 1}, {1, 1}, false, {0, 0}, 1, wanted);
  }
  Gradients by_libtorch() const {
    return at::compositeexplicitautograd::convolution_backward(
        grad_output, input, weight, at::IntArrayRef{weight.size(0)}, {1, 1}, {1, 1}, {1, 1}, false,
        {0, 0}, 1, wanted);
  }
};

/// Largest difference as a share of the largest value.
double apart(const at::Tensor& a, const at::Tensor& b) {
  return ((a.to(at::kDouble) - b.to(at::kDouble)).abs().max() / b.to(at::kDouble).abs().max())
      .item<double>();
}

TEST_CASE("a weight's gradient is the sum of those of a batch's parts", "[device]") {
  split_weight_gradients();
  at::set_num_threads(2);
  const auto [type, bar] = GENERATE(std::pair{at::kFloat, 1e-5}, std::pair{at::kBFloat16, 0.02});
  CAPTURE(type);
  for (const std::int64_t samples : {2, 4, 6}) {
    CAPTURE(samples);
    const Layer layer(samples, type);
    const auto [input, weight, bias] = layer.gradients();
    const auto [own_input, own_weight, own_bias] = layer.by_libtorch();
    CHECK(at::equal(input, own_input));
    CHECK(apart(weight, own_weight) < bar);
    CHECK(apart(bias, own_bias) < bar);
    CHECK(weight.scalar_type() == type);
    CHECK(at::equal(std::get<1>(layer.gradients()), weight));
  }
}

TEST_CASE("what cannot be cut into equal parts is left to LibTorch", "[device]") {
  split_weight_gradients();
  at::set_num_threads(2);
  const Layer odd(3);
  CHECK(at::equal(std::get<1>(odd.gradients()), std::get<1>(odd.by_libtorch())));
  at::set_num_threads(1);
  const Layer even(4);
  CHECK(at::equal(std::get<1>(even.gradients()), std::get<1>(even.by_libtorch())));
  at::set_num_threads(2);
}

// A thread that LibTorch sees for the first time must not plan for others that never come.
TEST_CASE("threads that are new compute their parts alone", "[device]") {
  split_weight_gradients();
  at::set_num_threads(2);
  Layer layer(4);
  for (at::Tensor* tensor : {&layer.input, &layer.grad_output}) {
    *tensor = torch::randn({4, 8, 48, 48}).transpose(2, 3);  // copied where it is used
  }
  layer.weight = torch::randn({8, 8, 3, 3});
  const at::Tensor weight = std::get<1>(layer.gradients());
  for (int i = 0; i < 3; ++i) {
    at::Tensor elsewhere;
    std::thread([&] {
      elsewhere = std::get<1>(layer.gradients());
    }).join();  // with a team of its own
    CHECK(at::equal(elsewhere, weight));
  }
}

TEST_CASE("gradients that nobody wants are not computed", "[device]") {
  split_weight_gradients();
  at::set_num_threads(2);
  Layer layer(4);
  layer.wanted = {false, true, false};
  const auto [input, weight, bias] = layer.gradients();
  CHECK_FALSE(input.defined());
  CHECK_FALSE(bias.defined());
  CHECK(apart(weight, std::get<1>(layer.by_libtorch())) < 1e-5);
}

TEST_CASE("what one part throws, the gradient throws", "[device]") {
  split_weight_gradients();
  at::set_num_threads(2);
  Layer layer(4);
  layer.wanted = {false, true, false};
  layer.grad_output = layer.grad_output.narrow(2, 0, 20);
  CHECK_THROWS(layer.gradients());
}

}  // namespace
}  // namespace sr
