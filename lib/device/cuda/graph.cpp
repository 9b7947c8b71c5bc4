#include "device/cuda/graph.h"

#include <optional>
#include <string>

#include <ATen/core/CachingHostAllocator.h>
#include <ATen/cuda/CUDAGraph.h>
#include <c10/core/AllocatorConfig.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAStream.h>
#include <cuda_runtime_api.h>

namespace sr {
namespace {

/// While it lives, the allocator takes memory in segments that stay whole. Recordings in pages that
/// are mapped one by one (expandable_segments) can stop for good: decision 17.
class WholeSegments {
 public:
  WholeSegments() {
    if (c10::CachingAllocator::AcceleratorAllocatorConfig::use_expandable_segments()) {
      settings_ = c10::CachingAllocator::getAllocatorSettings();
      c10::CachingAllocator::setAllocatorSettings(*settings_ + ",expandable_segments:False");
    }
  }
  ~WholeSegments() {
    if (settings_) {
      c10::CachingAllocator::setAllocatorSettings(*settings_);
    }
  }
  WholeSegments(const WholeSegments&) = delete;
  WholeSegments& operator=(const WholeSegments&) = delete;

 private:
  std::optional<std::string> settings_;  ///< all of them: what is not named anew is reset
};

class CudaGraph final : public DeviceGraph {
 public:
  void launch() override { graph_.replay(); }

  void record(c10::DeviceIndex device, std::int64_t memory, const std::function<void()>& work) {
    const WholeSegments whole;
    const at::cuda::MempoolId_t pool = at::cuda::graph_pool_handle();
    // Other threads page-lock memory and write checkpoints meanwhile: their calls are none of the
    // recording's business.
    graph_.capture_begin(pool, cudaStreamCaptureModeThreadLocal);
    try {
      if (memory > 0) {
        // Free again at the bracket, and what follows is cut from it.
        const c10::DataPtr block =
            c10::cuda::CUDACachingAllocator::get()->allocate(static_cast<std::size_t>(memory));
      }
      work();
      graph_.capture_end();
    } catch (...) {
      stop(device, pool);
      throw;
    }
  }

 private:
  /// Ends a recording that failed. CUDAGraph leaves the allocators set to its pool when the stream
  /// does not end well, and every later allocation would look at that.
  static void stop(c10::DeviceIndex device, at::cuda::MempoolId_t pool) {
    cudaGraph_t torn = nullptr;
    if (cudaStreamEndCapture(c10::cuda::getCurrentCUDAStream(device), &torn) == cudaSuccess &&
        torn != nullptr) {
      C10_CUDA_CHECK_WARN(cudaGraphDestroy(torn));
    }
    static_cast<void>(cudaGetLastError());  // a torn capture's error must not meet a later call
    try {
      c10::cuda::CUDACachingAllocator::endAllocateToPool(device, pool);
      at::getHostAllocator(at::kCUDA)->end_allocate_to_pool(pool);
      c10::cuda::CUDACachingAllocator::releasePool(device, pool);
      at::getHostAllocator(at::kCUDA)->release_pool(pool);
    } catch (const c10::Error&) {  // NOLINT(bugprone-empty-catch): see below
      // The recording had ended and only its use failed: then the graph gives the pool back.
    }
  }

  at::cuda::CUDAGraph graph_;
};

}  // namespace

std::unique_ptr<DeviceGraph> record_cuda_graph(int device, std::int64_t memory,
                                               const std::function<void()>& work) {
  auto graph = std::make_unique<CudaGraph>();
  graph->record(static_cast<c10::DeviceIndex>(device), memory, work);
  return graph;
}

}  // namespace sr
