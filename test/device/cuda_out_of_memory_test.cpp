#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <torch/torch.h>

#include <exception>
#include <functional>
#include <latch>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/units.h"
#include "device/autograd.h"
#include "device/cuda_memory.h"
#include "device/out_of_memory.h"
#include "support/catch.h"
#include "support/numerics.h"
// After catch.h: needs its macros.
#include "device/gpu.h"
#include "device/held_memory.h"

// Memory that really runs out, in each of the libraries that ask for it.

namespace sr {
namespace {

const c10::Device kGpu(c10::kCUDA, 0);

torch::TensorOptions on_gpu(at::ScalarType type = at::kFloat) {
  return torch::TensorOptions().dtype(type).device(kGpu);
}

struct Outcome {
  std::optional<OutOfMemory> failure;
  bool refused = false;     ///< the allocator refused something, whatever came of it
  std::string other_error;  ///< what was taken for no lack of memory
};

/// `work` as a step runs it, and what became of it.
Outcome outcome_of(DeviceMemory& memory, const std::function<void()>& work) {
  Outcome outcome;
  const std::uint64_t before = memory.read().refusals;
  const auto refused = [&] { return memory.read().refusals > before; };
  try {
    outcome.failure = run_or_out_of_memory(work, refused);
  } catch (const std::exception& error) {
    outcome.other_error = error.what();
  }
  outcome.refused = refused();
  return outcome;
}

/// Threads that have done `work` and keep the cuBLAS and cuDNN handles they got for it: those that
/// ended threads left behind are in use, and the next thread needs new ones.
class HandlesInUse {
 public:
  explicit HandlesInUse(const std::function<void()>& work) {
    for (int i = 0; i < kThreads; ++i) {
      threads_.emplace_back([this, work] {
        const at::NoGradGuard no_grad;
        work();
        ready_.count_down();
        end_.wait();
      });
    }
    ready_.wait();
  }
  ~HandlesInUse() { end_.count_down(); }
  HandlesInUse(const HandlesInUse&) = delete;
  HandlesInUse& operator=(const HandlesInUse&) = delete;

 private:
  static constexpr int kThreads = 6;
  std::latch ready_{kThreads}, end_{1};
  std::vector<std::jthread> threads_;
};

/// The same on a thread of its own and on a stream of its own, which has no workspace yet. What the
/// failure leaves behind must not stop the thread's next kernel.
Outcome outcome_on_new_thread(DeviceMemory& memory, const std::function<void()>& work) {
  // Made here: the first one makes a pool of them, which takes memory.
  const c10::Stream stream = c10::impl::VirtualGuardImpl(c10::kCUDA).getNewStream(kGpu);
  at::Tensor scratch = torch::ones({8}, on_gpu());
  scratch.mul_(scratch);  // loads the kernel, which takes memory as well
  Outcome outcome;
  std::thread thread([&] {
    const at::NoGradGuard no_grad;
    const c10::StreamGuard guard(stream);
    outcome = outcome_of(memory, work);
    try {
      scratch.mul_(scratch);
      memory.synchronize();
    } catch (const std::exception& error) {
      outcome.other_error += std::string(" and afterwards: ") + error.what();
    }
  });
  thread.join();
  return outcome;
}

#define CHECK_OUT_OF_MEMORY(outcome)                \
  do {                                              \
    INFO("other error: " << (outcome).other_error); \
    CHECK((outcome).other_error.empty());           \
    REQUIRE((outcome).failure.has_value());         \
  } while (false)

TEST_CASE("What the caching allocator refuses is out of memory with its size", "[device][gpu]") {
  SR_OPEN_GPU(cuda);
  const auto memory = make_cuda_memory(*cuda.api, 0, 256 * kMiB);
  const Outcome outcome =
      outcome_of(*memory, [] { torch::empty({512 * kMiB}, on_gpu(at::kByte)); });
  memory->set_limit(std::nullopt);
  CHECK_OUT_OF_MEMORY(outcome);
  CHECK(outcome.refused);
  CHECK(outcome.failure->source == "allocator");
  CHECK(outcome.failure->requested_bytes == 512 * kMiB);
}

/// One training convolution with everything but its inputs made anew.
void train_convolution(const at::Tensor& images, const at::Tensor& weight) {
  weight.mutable_grad() = at::Tensor();
  images.mutable_grad() = at::Tensor();
  at::conv2d(images, weight, {}, 1, 1).sum().backward();
}

TEST_CASE("A convolution short of memory does its work or is out of memory", "[device][gpu]") {
  SR_OPEN_GPU(cuda);
  const at::ScalarType type = GENERATE(at::kFloat, at::kHalf);
  const bool channels_last = GENERATE(false, true);
  CAPTURE(type, channels_last);
  const test::Numerics numerics(test::Kernels::kFastest);
  const auto memory = make_cuda_memory(*cuda.api, 0, std::nullopt);
  AutogradDrain drain(kGpu);
  const auto format = channels_last ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
  const at::Tensor images =
      torch::rand({8, 64, 192, 192}, on_gpu(type)).contiguous(format).requires_grad_(true);
  const at::Tensor weight =
      torch::rand({64, 64, 3, 3}, on_gpu(type)).contiguous(format).requires_grad_(true);
  const auto clean_up = [&] {
    drain.run();
    weight.mutable_grad() = at::Tensor();
    images.mutable_grad() = at::Tensor();
    memory->synchronize();
    memory->empty_cache();
  };
  train_convolution(images, weight);  // what is made once is made
  clean_up();
  const MemoryReading baseline = memory->read();
  memory->reset_peak();
  train_convolution(images, weight);
  const std::int64_t needed = memory->read().reserved_peak - baseline.reserved;
  clean_up();
  int failed = 0;
  for (int percent = 0; percent < 100; percent += 8) {
    INFO(percent << " % of " << format_bytes(needed));
    memory->set_limit(baseline.reserved + needed * percent / 100);
    const Outcome outcome = outcome_of(*memory, [&] { train_convolution(images, weight); });
    memory->set_limit(std::nullopt);
    INFO("other error: " << outcome.other_error);
    CHECK(outcome.other_error.empty());
    CHECK((outcome.refused || !outcome.failure));
    failed += outcome.failure ? 1 : 0;
    clean_up();
    CHECK(memory->read().allocated == baseline.allocated);
  }
  CHECK(failed >= 3);
  CHECK_NOTHROW(train_convolution(images, weight));
}

/// Products small enough to need no memory but cuBLAS's own.
struct Product {
  at::Tensor a = torch::rand({64, 64}, on_gpu()), b = torch::rand({64, 64}, on_gpu()),
             out = torch::empty({64, 64}, on_gpu());
  Product() {
    const at::NoGradGuard no_grad;
    at::mm_out(out, a, b);  // its kernel is loaded
  }
  std::function<void()> again() {
    return [this] { at::mm_out(out, a, b); };
  }
};

TEST_CASE("cuBLAS without memory for a new stream's workspace is out of memory", "[device][gpu]") {
  SR_OPEN_GPU(cuda);
  const auto memory = make_cuda_memory(*cuda.api, 0, std::nullopt);
  Product product;
  memory->synchronize();
  memory->empty_cache();
  memory->set_limit(kMiB);  // below what is reserved: nothing more can be
  const Outcome outcome = outcome_on_new_thread(*memory, product.again());
  memory->set_limit(std::nullopt);
  CHECK_OUT_OF_MEMORY(outcome);
  const Outcome later = outcome_on_new_thread(*memory, product.again());
  CHECK(later.other_error.empty());
  CHECK_FALSE(later.failure);
}

TEST_CASE("cuBLAS without memory for a new thread's handle is out of memory", "[device][gpu]") {
  SR_OPEN_GPU(cuda);
  const auto memory = make_cuda_memory(*cuda.api, 0, std::nullopt);
  Product product;
  const HandlesInUse handles(product.again());
  memory->synchronize();
  memory->empty_cache();
  {
    const auto held = test::HeldMemory::all_but(*cuda.api, 0);
    const Outcome outcome = outcome_on_new_thread(*memory, product.again());
    CHECK_OUT_OF_MEMORY(outcome);
  }
  const Outcome later = outcome_on_new_thread(*memory, product.again());
  CHECK(later.other_error.empty());
  CHECK_FALSE(later.failure);
}

TEST_CASE("A new thread's first convolution on a full card works or is out of memory",
          "[device][gpu]") {
  SR_OPEN_GPU(cuda);
  const test::Numerics numerics(test::Kernels::kFastest);
  const auto memory = make_cuda_memory(*cuda.api, 0, std::nullopt);
  const at::Tensor images = torch::rand({1, 16, 32, 32}, on_gpu());
  const at::Tensor weight = torch::rand({16, 16, 3, 3}, on_gpu());
  const auto convolve = [&] { at::conv2d(images, weight, {}, 1, 1); };
  convolve();
  const HandlesInUse handles(convolve);
  memory->synchronize();
  memory->empty_cache();
  {
    const auto held = test::HeldMemory::all_but(*cuda.api, 0);
    const Outcome outcome = outcome_on_new_thread(*memory, convolve);
    INFO("other error: " << outcome.other_error);
    CHECK(outcome.other_error.empty());
  }
  CHECK_FALSE(outcome_on_new_thread(*memory, convolve).failure);
}

TEST_CASE("CUDA's other errors are not out of memory and leave the device usable",
          "[device][gpu]") {
  SR_OPEN_GPU(cuda);
  const auto memory = make_cuda_memory(*cuda.api, 0, std::nullopt);
  const Outcome ordinal = outcome_of(*memory, [&] { cuda.api->memory(63); });
  CHECK_FALSE(ordinal.failure);
  CHECK_THAT(ordinal.other_error, Catch::Contains("invalid device ordinal"));
  const test::Numerics numerics(test::Kernels::kDeterministic);
  const Outcome refused = outcome_of(*memory, [] {
    const auto images = torch::rand({1, 1, 4, 4}, on_gpu().requires_grad(true));
    at::grid_sampler_2d(images, torch::zeros({1, 4, 4, 2}, on_gpu()), 0, 0, false).sum().backward();
  });
  CHECK_FALSE(refused.failure);
  CHECK_THAT(refused.other_error, Catch::Contains("deterministic"));
  CHECK(torch::ones({2}, on_gpu()).sum().item<float>() == 2);
}

}  // namespace
}  // namespace sr
