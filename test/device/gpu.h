#pragma once

// What [gpu] tests share. Include after support/catch.h: needs its macros.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <c10/core/CachingDeviceAllocator.h>
#include <c10/core/Device.h>

#include "device/cpu_allocator.h"
#include "device/cuda_backend.h"

namespace sr::test {

inline bool environment_says(const char* name, std::string_view wanted) {
  const char* value = std::getenv(name);
  return value != nullptr && value == wanted;
}

/// Whether the environment says that a GPU must be there: [gpu] tests then fail instead of
/// skipping.
inline bool gpu_required() {
  return environment_says("SR_REQUIRE_GPU", "1");
}

/// The device of an [any_device] test: the GPU or, with SR_GPU_TESTS_ON=cpu, the CPU in its place,
/// which proves the test itself where there is no GPU.
struct TestDevice {
  c10::Device device{c10::kCUDA, 0};
  std::string problem;  ///< why there is none
};
inline TestDevice open_test_device() {
  if (environment_says("SR_GPU_TESTS_ON", "cpu")) {
    return {c10::Device(c10::kCPU), ""};
  }
  const CudaBackend backend = open_cuda_backend();
  return {c10::Device(c10::kCUDA, 0), backend.devices > 0 ? "" : backend.problem};
}

/// Blocks asked of the device's allocator since the start.
inline std::int64_t allocations_on(c10::Device device) {
  if (device.is_cpu()) {
    return static_cast<std::int64_t>(cpu_allocator().counters().allocations);
  }
  const auto all = static_cast<std::size_t>(c10::CachingAllocator::StatType::AGGREGATE);
  const auto stats = c10::getDeviceAllocator(device.type())->getDeviceStats(device.index());
  return stats.allocation.at(all).allocated;
}

}  // namespace sr::test

/// Leaves a [gpu] test that has no device: skipped, or failed with SR_REQUIRE_GPU=1.
#define SR_NEED_GPU(problem)                          \
  do {                                                \
    if (!(problem).empty()) {                         \
      if (sr::test::gpu_required()) {                 \
        FAIL("SR_REQUIRE_GPU=1, but: " << (problem)); \
      }                                               \
      SR_SKIP(problem);                               \
    }                                                 \
  } while (false)

/// Gives `backend` in a [gpu] test.
#define SR_OPEN_GPU(backend)                               \
  const sr::CudaBackend backend = sr::open_cuda_backend(); \
  SR_NEED_GPU((backend).problem)

/// Gives `target`, a c10::Device, in a [gpu][any_device] test.
#define SR_OPEN_TEST_DEVICE(target)                                          \
  const sr::test::TestDevice target##_opened = sr::test::open_test_device(); \
  SR_NEED_GPU(target##_opened.problem);                                      \
  const c10::Device target = target##_opened.device
