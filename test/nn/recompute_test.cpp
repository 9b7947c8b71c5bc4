#include "nn/recompute.h"

#include <torch/torch.h>

#include "nn/autocast.h"
#include "support/catch.h"
#include "support/counting_allocator.h"

namespace {

/// Two layers with a skip, in the way of a network's block.
at::Tensor block(const at::Tensor& input, const at::Tensor& first, const at::Tensor& second) {
  return input + at::linear(at::gelu(at::linear(input, first)), second);
}

struct Gradients {
  at::Tensor output, input, first, second;
};

Gradients gradients(bool twice, bool half) {
  torch::manual_seed(1);
  const at::Tensor input = torch::randn({5, 4}).requires_grad_();
  const at::Tensor first = torch::randn({8, 4}).requires_grad_();
  const at::Tensor second = torch::randn({4, 8}).requires_grad_();
  Gradients result;
  {
    const sr::AutocastGuard autocast(at::kCPU, half ? std::optional(at::kBFloat16) : std::nullopt);
    const auto run = [&](const at::Tensor& x) { return block(x, first, second); };
    const at::Tensor once = twice ? sr::recomputed(run, input, {first, second}) : run(input);
    result.output = (once * once).sum();
  }
  result.output.backward();
  result.input = input.grad();
  result.first = first.grad();
  result.second = second.grad();
  return result;
}

}  // namespace

TEST_CASE("A block that is computed twice has the same output and gradients to the bit", "[nn]") {
  const bool half = GENERATE(false, true);
  const Gradients wanted = gradients(false, half);
  const Gradients found = gradients(true, half);
  CHECK(torch::equal(found.output, wanted.output));
  CHECK(torch::equal(found.input, wanted.input));
  CHECK(torch::equal(found.first, wanted.first));
  CHECK(torch::equal(found.second, wanted.second));
  CHECK(wanted.first.abs().sum().item<float>() > 0);
}

TEST_CASE("A block that is computed twice keeps its input alone", "[nn]") {
  const at::Tensor input = torch::randn({1000, 16}).requires_grad_();
  const at::Tensor first = torch::randn({64, 16}).requires_grad_();
  const at::Tensor second = torch::randn({16, 64}).requires_grad_();
  const sr::test::CountingAllocator allocator;
  const auto run = [&](const at::Tensor& x) { return block(x, first, second); };
  const std::size_t before = allocator.live_bytes();
  const at::Tensor twice = sr::recomputed(run, input, {first, second});
  const std::size_t after = allocator.live_bytes();
  const at::Tensor once = run(input);
  CHECK(after - before <= input.nbytes() + 1024);
  CHECK(allocator.live_bytes() - after > 5 * input.nbytes());
}

TEST_CASE("Without gradients a block is computed once", "[nn]") {
  int runs = 0;
  const at::Tensor input = torch::ones({3});
  const at::NoGradGuard no_grad;
  const at::Tensor output = sr::recomputed(
      [&](const at::Tensor& x) {
        ++runs;
        return x * 2;
      },
      input, {});
  CHECK(runs == 1);
  CHECK(output.sum().item<float>() == 6);
}
