#include "nn/recompute.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include <torch/torch.h>

#include "arch/catalogue.h"
#include "nn/autocast.h"
#include "nn/network.h"
#include "support/catch.h"
#include "support/counting_allocator.h"
#include "support/networks.h"

namespace {

using sr::Computed;

/// Two layers with a skip, in the way of a network's block.
at::Tensor block(const at::Tensor& input, const at::Tensor& first, const at::Tensor& second) {
  return input + at::linear(at::gelu(at::linear(input, first)), second);
}

struct Gradients {
  at::Tensor output, input, first, second;
};

Gradients gradients(sr::Computed how, bool half) {
  torch::manual_seed(1);
  const at::Tensor input = torch::randn({5, 4}).requires_grad_();
  const at::Tensor first = torch::randn({8, 4}).requires_grad_();
  const at::Tensor second = torch::randn({4, 8}).requires_grad_();
  Gradients result;
  {
    const sr::AutocastGuard autocast(at::kCPU, half ? std::optional(at::kBFloat16) : std::nullopt);
    const auto run = [&](const at::Tensor& x) { return block(x, first, second); };
    const at::Tensor output = sr::computed(how, run, input, {first, second});
    result.output = (output * output).sum();
  }
  result.output.backward();
  result.input = input.grad();
  result.first = first.grad();
  result.second = second.grad();
  return result;
}

/// One of each family that has blocks.
constexpr std::array kBlockNetworks{"swinir_s",       "hat_s",        "drct",    "omnisr",
                                    "fdat_tiny",      "atd_light",    "dat",     "srformer",
                                    "temporalspanv2", "cascadedgaze", "flexnet", "docres_base"};

/// Parameters and buffers after steps of plain descent. `half`: under autocast.
sr::Tensors trained(const char* type, bool twice, int steps, bool half) {
  const sr::NetworkConfig config = sr::test::tiny_network(type);
  const std::unique_ptr<sr::Network> network =
      sr::make_network(config, sr::test::scale_of(config), 1);
  const at::Tensor lq = torch::rand({2, sr::test::channels_of(config), 12, 12},
                                    at::make_generator<at::CPUGeneratorImpl>(3));
  at::Tensor kept = torch::ones({static_cast<std::int64_t>(network->drop_rates().size()), 2});
  if (kept.numel() > 0) {
    kept[kept.size(0) - 1][0] = 0;
  }
  const sr::RecomputeGuard guard(twice);
  for (int step = 0; step < steps; ++step) {
    at::Tensor output;
    {
      const sr::AutocastGuard autocast(at::kCPU,
                                       half ? std::optional(at::kBFloat16) : std::nullopt);
      output = network->training_forward(lq, kept).to(at::kFloat);
    }
    (output - 0.25).abs().mean().backward();
    const at::NoGradGuard no_grad;
    for (const sr::NamedTensor& parameter : network->parameters()) {
      at::Tensor value = parameter.tensor;
      if (value.grad().defined()) {
        value.sub_(value.grad(), 0.1);
        value.mutable_grad().zero_();
      }
    }
  }
  sr::Tensors result;
  for (const auto* tensors : {&network->parameters(), &network->buffers()}) {
    for (const sr::NamedTensor& tensor : *tensors) {
      result.push_back(tensor.tensor.detach());
    }
  }
  return result;
}

void check_same_training(const char* type, int steps, bool half) {
  CAPTURE(type, half);
  const sr::Tensors once = trained(type, false, steps, half);
  const sr::Tensors twice = trained(type, true, steps, half);
  REQUIRE(once.size() == twice.size());
  std::size_t different = 0;
  for (std::size_t i = 0; i < once.size(); ++i) {
    different += torch::equal(once[i], twice[i]) ? 0 : 1;
  }
  CHECK(different == 0);
}

}  // namespace

TEST_CASE("Networks with blocks computed twice are trained to the same bits", "[nn]") {
  const char* type = kBlockNetworks[GENERATE(range(std::size_t{0}, kBlockNetworks.size()))];
  check_same_training(type, 3, GENERATE(false, true));
}

TEST_CASE("Networks with blocks computed twice have the same bits after 50 steps", "[.][nn]") {
  check_same_training(kBlockNetworks[GENERATE(range(std::size_t{0}, kBlockNetworks.size()))], 50,
                      false);
}

TEST_CASE("A block that is computed twice has the same output and gradients to the bit", "[nn]") {
  const bool half = GENERATE(false, true);
  const Gradients wanted = gradients(Computed::kOnce, half);
  const Gradients found = gradients(Computed::kTwice, half);
  CHECK(torch::equal(found.output, wanted.output));
  CHECK(torch::equal(found.input, wanted.input));
  CHECK(torch::equal(found.first, wanted.first));
  CHECK(torch::equal(found.second, wanted.second));
  CHECK(wanted.first.abs().sum().item<float>() > 0);
}

TEST_CASE("What others give back to a block's input is added to the block's own sum", "[nn]") {
  // Three addends round by their order: two of the block, one of the skip around it.
  const auto gradient = [](Computed how) {
    const at::Tensor leaf = torch::ones({1}).requires_grad_();
    const at::Tensor input = leaf * 1;
    const auto run = [](const at::Tensor& x) { return x * 1e8F + x * -1e8F; };
    (sr::computed(how, run, input, {}) + input).sum().backward();
    return leaf.grad().item<float>();
  };
  CHECK(gradient(Computed::kOnce) == 1);
  CHECK(gradient(Computed::kTwice) == 1);
}

TEST_CASE("A block of several tensors has the same gradients to the bit", "[nn]") {
  const bool uses_second = GENERATE(false, true);
  const auto gradients = [&](Computed how) {
    torch::manual_seed(2);
    const at::Tensor a = torch::randn({3, 4}).requires_grad_();
    const at::Tensor b = torch::randn({3, 4}).requires_grad_();
    const at::Tensor weight = torch::randn({4, 4}).requires_grad_();
    const auto run = [&](const sr::Tensors& x) {
      const at::Tensor mixed = at::linear(x[0], weight) * x[1];
      return sr::Tensors{mixed + x[0], mixed.sigmoid() + x[1]};
    };
    const sr::Tensors outputs = sr::computed(how, run, {a, b}, {weight});
    at::Tensor sum = (outputs[0] * outputs[0]).sum();
    if (uses_second) {
      sum = sum + (outputs[1] * a).sum();
    }
    sum.backward();
    return sr::Tensors{a.grad(), b.grad(), weight.grad()};
  };
  const sr::Tensors wanted = gradients(Computed::kOnce);
  const sr::Tensors found = gradients(Computed::kTwice);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    CAPTURE(i);
    CHECK(torch::equal(found[i], wanted[i]));
  }
}

TEST_CASE("A block that is computed twice keeps its input alone", "[nn]") {
  const at::Tensor input = torch::randn({1000, 16}).requires_grad_();
  const at::Tensor first = torch::randn({64, 16}).requires_grad_();
  const at::Tensor second = torch::randn({16, 64}).requires_grad_();
  const sr::test::CountingAllocator allocator;
  const auto run = [&](const at::Tensor& x) { return block(x, first, second); };
  const std::size_t before = allocator.live_bytes();
  const at::Tensor twice = sr::computed(Computed::kTwice, run, input, {first, second});
  const std::size_t after = allocator.live_bytes();
  const at::Tensor once = sr::computed(Computed::kOnce, run, input, {first, second});
  CHECK(after - before <= input.nbytes() + 1024);
  CHECK(allocator.live_bytes() - after > 5 * input.nbytes());
}

TEST_CASE("Without gradients a block is computed once", "[nn]") {
  int runs = 0;
  const at::Tensor input = torch::ones({3});
  const at::NoGradGuard no_grad;
  const at::Tensor output = sr::computed(Computed::kTwice,
                                         [&](const at::Tensor& x) {
                                           ++runs;
                                           return x * 2;
                                         },
                                         input, {});
  CHECK(runs == 1);
  CHECK(output.sum().item<float>() == 6);
}
