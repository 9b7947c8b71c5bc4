#include "device/cuda_memory.h"

#include <torch/cuda.h>
#include <torch/torch.h>

#include "core/units.h"
#include "device/autograd.h"
#include "support/catch.h"
// After catch.h: needs its macros.
#include "device/gpu.h"
#include "device/held_memory.h"

namespace sr {
namespace {

torch::Tensor cuda_bytes(std::int64_t size) {
  return torch::empty({size}, torch::TensorOptions().dtype(torch::kUInt8).device(torch::kCUDA, 0));
}

/// What others hold is asked of the driver in one of so many readings.
MemoryReading fresh_reading(DeviceMemory& memory) {
  MemoryReading reading;
  for (int i = 0; i < 20; ++i) {
    reading = memory.read();
  }
  return reading;
}

TEST_CASE("A CUDA gauge sees allocations and peaks", "[device][gpu]") {
  SR_OPEN_GPU(cuda);
  const auto memory = make_cuda_memory(*cuda.api, 0, std::nullopt);
  memory->empty_cache();
  memory->reset_peak();
  const MemoryReading before = memory->read();
  { const auto passing = cuda_bytes(64 * kMiB); }
  const MemoryReading after = memory->read();
  CHECK(after.allocated == before.allocated);
  CHECK(after.allocated_peak >= before.allocated + 64 * kMiB);
  CHECK(after.reserved >= 64 * kMiB);
  CHECK(after.external > 0);
  CHECK(after.external + after.reserved <= after.total);
  memory->empty_cache();
  CHECK(memory->read().reserved < after.reserved);
}

TEST_CASE("A CUDA limit refuses and counts and names the size", "[device][gpu]") {
  SR_OPEN_GPU(cuda);
  const auto memory = make_cuda_memory(*cuda.api, 0, 256 * kMiB);
  CHECK(memory->read().total == 256 * kMiB);
  CHECK(memory->read().external == 0);
  const std::uint64_t refusals = memory->read().refusals;
  CHECK_THROWS_AS(cuda_bytes(512 * kMiB), c10::OutOfMemoryError);
  CHECK(memory->read().refusals == refusals + 1);
  CHECK(memory->last_refused_bytes() == 512 * kMiB);
  memory->set_limit(128 * kMiB);
  CHECK(memory->read().external == 128 * kMiB);
  memory->set_limit(std::nullopt);
  CHECK_NOTHROW(cuda_bytes(512 * kMiB));
}

TEST_CASE("Memory that another program takes is external", "[device][gpu]") {
  SR_OPEN_GPU(cuda);
  const auto memory = make_cuda_memory(*cuda.api, 0, std::nullopt);
  const MemoryReading before = fresh_reading(*memory);
  {
    const test::HeldMemory held(kGiB);
    const MemoryReading during = fresh_reading(*memory);
    CHECK(during.external >= before.external + kGiB);
    CHECK(during.free <= before.free - kGiB);
    CHECK(during.allocated == before.allocated);
  }
  CHECK(fresh_reading(*memory).external < before.external + kGiB);
}

TEST_CASE("Under a limit others count by what they take of it", "[device][gpu]") {
  SR_OPEN_GPU(cuda);
  const auto memory = make_cuda_memory(*cuda.api, 0, kGiB);
  memory->empty_cache();
  CHECK(fresh_reading(*memory).external == 0);
  {
    const auto held = test::HeldMemory::all_but(*cuda.api, 512 * kMiB);
    const MemoryReading reading = fresh_reading(*memory);
    CHECK(reading.external > 256 * kMiB);
    CHECK(reading.external + reading.reserved + 512 * kMiB >= kGiB - 64 * kMiB);
    CHECK(reading.free < 600 * kMiB);
  }
  CHECK(fresh_reading(*memory).external == 0);
  memory->set_limit(std::nullopt);
}

TEST_CASE("A GPU is opened by every name and has one", "[device][gpu]") {
  SR_OPEN_GPU(cuda);
  for (const char* request : {"cuda", "cuda:0", "auto"}) {
    CHECK(open_device(request).device == c10::Device(c10::kCUDA, 0));
  }
  CHECK_THAT(device_name(c10::Device(c10::kCUDA, 0)), Catch::Contains("NVIDIA"));
  CHECK(torch::cuda::is_available());
}

TEST_CASE("Draining and synchronising work on a CUDA device", "[device][gpu]") {
  SR_OPEN_GPU(cuda);
  const auto memory = make_cuda_memory(*cuda.api, 0, std::nullopt);
  const std::int64_t before = memory->read().allocated;
  AutogradDrain(c10::Device(c10::kCUDA, 0)).run();
  memory->synchronize();
  CHECK(memory->read().allocated == before);
}

}  // namespace
}  // namespace sr
