#include "optim/adam.h"

#include <cmath>
#include <limits>

#include <torch/optim.h>
#include <torch/torch.h>

#include "support/catch.h"
#include "support/counting_allocator.h"

namespace {

struct Setup {
  explicit Setup(const sr::recipe::AdamOptions& options)
      : weight(torch::linspace(-1, 1, 2 * 3 * 3 * 3)
                   .view({2, 3, 3, 3})
                   .contiguous(at::MemoryFormat::ChannelsLast)
                   .requires_grad_(true)),
        bias(torch::tensor({0.5F, -0.25F}, torch::requires_grad())),
        adam(options, 0.1, {"weight", "bias"}, {weight, bias}) {}

  /// Gradients that change from step to step, added to what is there as backward does.
  void add_gradients(int step) {
    const at::NoGradGuard no_grad;
    weight.mutable_grad().add_(torch::sin(weight * 3 + step));
    bias.mutable_grad().add_(torch::cos(bias + 0.5 * step));
  }

  at::Tensor weight, bias;
  sr::Adam adam;
};

sr::recipe::AdamOptions options_of(const std::string& type) {
  return {.decoupled_weight_decay = type == "AdamW"};
}

const float kFinite = 0;
const float kNotFinite = 1;

}  // namespace

TEST_CASE("Adam and AdamW make the steps of LibTorch's own optimizers", "[optim]") {
  const std::string type = GENERATE("Adam", "AdamW");
  const sr::recipe::AdamOptions options = options_of(type);
  Setup ours(options);
  Setup theirs(options);
  const double lr = 0.01;
  std::unique_ptr<torch::optim::Optimizer> reference;
  if (type == "Adam") {
    reference = std::make_unique<torch::optim::Adam>(
        std::vector<at::Tensor>{theirs.weight, theirs.bias},
        torch::optim::AdamOptions(lr).betas({0.9, 0.99}).weight_decay(0.1));
  } else {
    reference = std::make_unique<torch::optim::AdamW>(
        std::vector<at::Tensor>{theirs.weight, theirs.bias},
        torch::optim::AdamWOptions(lr).betas({0.9, 0.99}).weight_decay(0.1));
  }
  for (int step = 0; step < 20; ++step) {
    ours.adam.zero_grad();
    ours.add_gradients(step);
    ours.adam.step(lr, torch::tensor(kFinite));
    theirs.adam.zero_grad();
    theirs.add_gradients(step);
    reference->step();
  }
  REQUIRE(torch::allclose(ours.weight, theirs.weight, 1e-5, 1e-6));
  REQUIRE(torch::allclose(ours.bias, theirs.bias, 1e-5, 1e-6));
}

TEST_CASE("A step whose gradients are not finite leaves weights moments and count as they were",
          "[optim]") {
  Setup setup(options_of(GENERATE("Adam", "AdamW")));
  setup.add_gradients(0);
  setup.adam.step(0.01, torch::tensor(kFinite));
  std::vector<at::Tensor> before = {setup.weight.detach().clone(), setup.bias.detach().clone()};
  for (const sr::NamedState& state : setup.adam.state()) {
    before.push_back(state.tensor.clone());
  }

  setup.weight.mutable_grad().fill_(std::numeric_limits<float>::infinity());
  setup.adam.step(0.01, torch::tensor(kNotFinite));

  std::vector<at::Tensor> after = {setup.weight, setup.bias};
  for (const sr::NamedState& state : setup.adam.state()) {
    after.push_back(state.tensor);
  }
  for (std::size_t i = 0; i < before.size(); ++i) {
    REQUIRE(torch::equal(before[i], after[i].detach()));
  }
}

// The weight is channels_last, for which LibTorch's fused kernels copy when they see its shape.
TEST_CASE("The optimizer's step and zero_grad allocate nothing", "[optim]") {
  Setup setup(options_of(GENERATE("Adam", "AdamW")));
  setup.add_gradients(0);
  const at::Tensor found_inf = torch::tensor(kFinite);
  REQUIRE(sr::test::count_allocations([&] { setup.adam.step(0.01, found_inf); }) == 0);
  REQUIRE(sr::test::count_allocations([&] { setup.adam.zero_grad(); }) == 0);
  REQUIRE(sr::test::count_allocations([] { torch::zeros({2}); }) == 1);
}

TEST_CASE("Gradients stay at their address over zero_grad and step", "[optim]") {
  Setup setup(options_of("AdamW"));
  const void* const address = setup.weight.grad().data_ptr();
  setup.add_gradients(0);
  setup.adam.step(0.01, torch::tensor(kFinite));
  setup.adam.zero_grad();
  REQUIRE(setup.weight.grad().data_ptr() == address);
  REQUIRE(setup.weight.grad().abs().sum().item<float>() == 0);
}

TEST_CASE("The optimizer's state names each moment and one step count", "[optim]") {
  Setup setup(options_of("AdamW"));
  setup.adam.step(0.01, torch::tensor(kFinite));
  setup.adam.step(0.01, torch::tensor(kFinite));
  std::vector<std::string> names;
  for (const sr::NamedState& state : setup.adam.state()) {
    names.push_back(state.name);
  }
  REQUIRE(names == std::vector<std::string>{"exp_avg.weight", "exp_avg_sq.weight", "exp_avg.bias",
                                            "exp_avg_sq.bias", "step"});
  REQUIRE(setup.adam.state().back().tensor.item<float>() == 2);
}

TEST_CASE("State written into another optimizer continues the run bit for bit", "[optim]") {
  const sr::recipe::AdamOptions options = options_of("AdamW");
  Setup first(options);
  const auto advance = [](Setup& setup, int step) {
    setup.adam.zero_grad();
    setup.add_gradients(step);
    setup.adam.step(0.01, torch::tensor(kFinite));
  };
  for (int step = 0; step < 5; ++step) {
    advance(first, step);
  }
  Setup second(options);
  {
    const at::NoGradGuard no_grad;
    second.weight.copy_(first.weight);
    second.bias.copy_(first.bias);
    const std::vector<sr::NamedState> from = first.adam.state();
    const std::vector<sr::NamedState> to = second.adam.state();
    for (std::size_t i = 0; i < from.size(); ++i) {
      const at::Tensor target = to[i].tensor;
      target.copy_(from[i].tensor);
    }
  }
  advance(first, 5);
  advance(second, 5);
  REQUIRE(torch::equal(first.weight, second.weight));
  REQUIRE(torch::equal(first.bias, second.bias));
}

TEST_CASE("Moments take the memory format of their parameter", "[optim]") {
  const Setup setup(options_of("AdamW"));
  for (const sr::NamedState& state : setup.adam.state()) {
    if (state.tensor.dim() == 4) {
      REQUIRE(state.tensor.strides() == setup.weight.strides());
    }
  }
  REQUIRE(setup.weight.grad().strides() == setup.weight.strides());
}
