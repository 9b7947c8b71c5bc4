#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <c10/util/intrusive_ptr.h>

#include "device/device_graph.h"

namespace c10d {
class Backend;
class Store;
}  // namespace c10d

namespace sr {

/// What sr-train needs of CUDA beyond LibTorch's device-neutral interface. It lives in
/// libsr_cuda.so, which links libtorch_cuda and libc10_cuda and is opened at run time, so that the
/// program itself starts on a machine without them. Both sides come out of the same build: C++
/// types may cross. Errors are c10::Error. `device` is an ordinal below device_count().
struct CudaApi {
  static constexpr int kVersion = 5;
  int version;

  /// 0 without a usable device; `why` then says what CUDA answered.
  int (*device_count)(std::string* why);

  /// Initialises CUDA inside LibTorch, has the caching allocator map memory in pages (unless the
  /// environment configures it), and attaches the out-of-memory observer. Call when device_count()
  /// is not 0, before anything below; later calls do nothing.
  void (*start)();

  std::string (*device_name)(int device);

  struct Memory {
    std::int64_t free;   ///< bytes that no process holds
    std::int64_t total;  ///< bytes of the device
  };
  Memory (*memory)(int device);

  /// Bytes the caching allocator may reserve, as a share (0..1] of the device's total.
  void (*set_memory_fraction)(double fraction, int device);

  struct Refusals {
    std::uint64_t count;          ///< since the observer was attached, also those cuDNN swallowed
    std::int64_t last_requested;  ///< bytes of the last one; 0 = none yet
  };
  Refusals (*refusals)(int device);

  /// on: a refused allocation throws c10::AcceleratorError (code 2), which passes through every
  /// library. off, as at the start: c10::OutOfMemoryError, which cuDNN's search for an algorithm
  /// takes for the end of one candidate.
  void (*set_refusals_final)(bool on, int device);

  /// Waits for everything queued on the device; an error of an earlier kernel is thrown here.
  void (*synchronize)(int device);

  /// Records what work() queues on the current stream, which must not be the default one, instead
  /// of running it. Memory that it takes comes from a pool of the recording's own, which starts
  /// with one block of `memory` bytes. An exception of work() passes through; nothing is left
  /// behind then.
  std::unique_ptr<DeviceGraph> (*record)(int device, std::int64_t memory,
                                         const std::function<void()>& work);

  /// One of the processes that compute together, each on a device of its own.
  struct Member {
    int rank, world, device;
    std::int64_t timeout_ms;  ///< of one exchange, after which LibTorch ends the process
  };
  /// Connects this process with the others over NCCL. Null, and `why`, in a build without NCCL's
  /// headers.
  c10::intrusive_ptr<c10d::Backend> (*open_nccl_group)(const c10::intrusive_ptr<c10d::Store>& store,
                                                       const Member& member, std::string& why);
};

}  // namespace sr

/// The one symbol that libsr_cuda.so shows.
extern "C" __attribute__((visibility("default"))) const sr::CudaApi* sr_cuda_api();
