#include "device/cuda/api.h"

#include "device/cuda/graph.h"
#include "device/cuda/process_group.h"

#include <array>
#include <atomic>

#include <ATen/Context.h>
#include <c10/core/AllocatorConfig.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/util/env.h>
#include <cuda_runtime_api.h>

namespace sr {
namespace {

struct RefusalCounter {
  std::atomic<std::uint64_t> count{0};
  std::atomic<std::int64_t> last_requested{0};
  std::atomic<bool> final{false};
};

/// One counter per device. The allocator calls the observer for the rest of the process, and it
/// cannot be detached: the counters outlive every object of the program.
RefusalCounter& refusal_counter(int device) {
  static auto& counters = *new std::array<RefusalCounter, C10_COMPILE_TIME_MAX_GPUS>;
  return counters.at(static_cast<std::size_t>(device));
}

c10::DeviceIndex index_of(int device) {
  return static_cast<c10::DeviceIndex>(device);
}

int device_count(std::string* why) {
  int count = 0;
  const cudaError_t status = cudaGetDeviceCount(&count);
  if (status != cudaSuccess) {
    static_cast<void>(cudaGetLastError());  // the question must not leave an error for a later call
    *why = cudaGetErrorString(status);
    return 0;
  }
  if (count == 0) {
    *why = "CUDA lists no device";
  }
  return count;
}

std::string device_name(int device) {
  cudaDeviceProp properties{};
  C10_CUDA_CHECK(cudaGetDeviceProperties(&properties, device));
  return properties.name;
}

CudaApi::Memory memory(int device) {
  const c10::cuda::CUDAGuard guard(index_of(device));
  std::size_t free = 0;
  std::size_t total = 0;
  C10_CUDA_CHECK(cudaMemGetInfo(&free, &total));
  return {static_cast<std::int64_t>(free), static_cast<std::int64_t>(total)};
}

void set_memory_fraction(double fraction, int device) {
  c10::cuda::CUDACachingAllocator::setMemoryFraction(fraction, index_of(device));
}

CudaApi::Refusals refusals(int device) {
  const RefusalCounter& counter = refusal_counter(device);
  return {counter.count.load(std::memory_order_relaxed),
          counter.last_requested.load(std::memory_order_relaxed)};
}

void set_refusals_final(bool on, int device) {
  refusal_counter(device).final.store(on, std::memory_order_relaxed);
}

void synchronize(int device) {
  const c10::cuda::CUDAGuard guard(index_of(device));
  c10::cuda::device_synchronize();
}

/// The allocator calls it last, before it throws for itself: throwing here leaves it as it would
/// be.
void observe_refusal(std::int64_t device, std::size_t requested, std::size_t /*total*/,
                     std::size_t /*free*/) {
  RefusalCounter& counter = refusal_counter(static_cast<int>(device));
  counter.last_requested.store(static_cast<std::int64_t>(requested), std::memory_order_relaxed);
  counter.count.fetch_add(1, std::memory_order_relaxed);
  if (counter.final.load(std::memory_order_relaxed)) {
    throw c10::AcceleratorError(
        {__func__, __FILE__, static_cast<std::uint32_t>(__LINE__)}, cudaErrorMemoryAllocation,
        c10::str("CUDA out of memory. Tried to allocate ", requested, " bytes"));
  }
}

/// Segments that grow by pages: blocks of many sizes otherwise leave a fifth of what is reserved in
/// holes. Settings of the user's own come first.
void map_memory_in_pages() {
  if (!c10::utils::has_env("PYTORCH_CUDA_ALLOC_CONF") &&
      !c10::utils::has_env("PYTORCH_ALLOC_CONF")) {
    c10::CachingAllocator::setAllocatorSettings("expandable_segments:True");
  }
}

void start() {
  // The allocator hands observers to the devices it knows, and it knows none before CUDA is up.
  static const bool kStarted = [] {
    map_memory_in_pages();
    at::globalContext().lazyInitDevice(c10::kCUDA);
    c10::cuda::CUDACachingAllocator::attachOutOfMemoryObserver(&observe_refusal);
    return true;
  }();
  static_cast<void>(kStarted);
}

constexpr CudaApi kApi{
    .version = CudaApi::kVersion,
    .device_count = &device_count,
    .start = &start,
    .device_name = &device_name,
    .memory = &memory,
    .set_memory_fraction = &set_memory_fraction,
    .refusals = &refusals,
    .set_refusals_final = &set_refusals_final,
    .synchronize = &synchronize,
    .record = &record_cuda_graph,
    .open_nccl_group = &open_nccl_group,
};

}  // namespace
}  // namespace sr

extern "C" const sr::CudaApi* sr_cuda_api() {
  return &sr::kApi;
}
