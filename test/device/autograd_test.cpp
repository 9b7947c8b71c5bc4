#include "device/autograd.h"

#include <torch/torch.h>

#include <exception>
#include <optional>

#include "device/cpu_allocator.h"
#include "device/memory.h"
#include "device/out_of_memory.h"
#include "device/toy_step.h"
#include "support/catch.h"

namespace sr {
namespace {

/// Runs the step with its nth allocation refused; what was thrown is gone when this returns, the
/// refusing goes on.
std::optional<OutOfMemory> run_failing(test::ToyStep& step, std::uint64_t nth,
                                       CpuAllocator::Failing failing) {
  std::optional<OutOfMemory> failure;
  cpu_allocator().fail_at(nth, failing);
  try {
    step.run();
  } catch (const std::exception& error) {
    failure = classify_out_of_memory(error, true);
    INFO(error.what());
    CHECK(failure);
  }
  return failure;
}

/// How many failure points held memory before the drain; after it none may.
int drain_after_every_failure(CpuAllocator::Failing failing) {
  install_cpu_allocator();
  auto& allocator = cpu_allocator();
  AutogradDrain drain(c10::kCPU);
  test::ToyStep step;
  step.run();  // primitives that LibTorch caches are built here
  const std::int64_t baseline = allocator.counters().allocated;
  int held = 0;
  for (std::uint64_t nth = 1;; ++nth) {
    INFO("allocation " << nth);
    const std::uint64_t refusals = allocator.counters().refusals;
    run_failing(step, nth, failing);
    if (allocator.counters().refusals == refusals) {
      allocator.stop_failing();
      CHECK(nth > 10);
      return held;
    }
    held += allocator.counters().allocated > baseline ? 1 : 0;
    drain.run();
    allocator.stop_failing();
    CHECK(allocator.counters().allocated == baseline);
  }
}

TEST_CASE("Bytes return to the baseline after a failure at any allocation of a step", "[device]") {
  const int held = drain_after_every_failure(CpuAllocator::Failing::kOnce);
  CHECK(held > 0);  // else the engine needs no draining any more and AutogradDrain can go
}

TEST_CASE("Bytes return to the baseline when every later allocation fails too", "[device]") {
  drain_after_every_failure(CpuAllocator::Failing::kFromThere);
}

TEST_CASE("Draining leaves gradients and recording as they were", "[device]") {
  install_cpu_allocator();
  const auto weight = torch::ones({2}).requires_grad_(true);
  (weight * 3).sum().backward();
  AutogradDrain drain(c10::kCPU);
  {
    const torch::NoGradGuard off;
    drain.run();
    CHECK_FALSE(torch::GradMode::is_enabled());
  }
  CHECK(torch::GradMode::is_enabled());
  CHECK(torch::equal(weight.grad(), torch::full({2}, 3.0)));
}

TEST_CASE("Draining allocates nothing", "[device]") {
  install_cpu_allocator();
  AutogradDrain drain(c10::kCPU);
  for (int i = 0; i < 3; ++i) {
    const auto before = cpu_allocator().counters().allocations;
    drain.run();
    CHECK(cpu_allocator().counters().allocations == before);
  }
}

}  // namespace
}  // namespace sr
