#pragma once

#include <dlfcn.h>

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "core/units.h"
#include "device/cuda/api.h"

namespace sr::test {

/// Memory of the first CUDA device taken past LibTorch's allocator, as another program takes it.
class HeldMemory {
 public:
  /// All that is free but about `spare` bytes. 0 leaves less than the smallest block CUDA gives.
  static HeldMemory all_but(const CudaApi& api, std::int64_t spare) {
    HeldMemory held;
    for (std::int64_t block = kGiB; block >= kSmallest; block /= 2) {
      while (api.memory(0).free - spare >= block && held.take(block)) {
      }
    }
    return held;
  }
  explicit HeldMemory(std::int64_t bytes) {
    if (!take(bytes)) {
      throw std::runtime_error("the device has not that much memory free");
    }
  }
  ~HeldMemory() {
    for (void* block : blocks_) {
      free_(block);
    }
  }
  HeldMemory(HeldMemory&& other) noexcept = default;
  HeldMemory& operator=(HeldMemory&&) = delete;

 private:
  static constexpr std::int64_t kSmallest = 64 * kKiB;
  using Malloc = int (*)(void**, std::size_t);
  using Free = int (*)(void*);

  HeldMemory() = default;

  bool take(std::int64_t bytes) {
    void* block = nullptr;
    if (malloc_(&block, static_cast<std::size_t>(bytes)) != 0) {
      last_error_();  // a later call must not find this error
      return false;
    }
    blocks_.push_back(block);
    return true;
  }

  /// A function of the CUDA runtime that LibTorch has loaded.
  template <typename Function>
  static Function runtime(const char* name) {
    void* symbol = ::dlsym(RTLD_DEFAULT, name);
    if (symbol == nullptr) {
      throw std::runtime_error(std::string("the CUDA runtime has no ") + name);
    }
    return reinterpret_cast<Function>(symbol);  // NOLINT
  }

  Malloc malloc_ = runtime<Malloc>("cudaMalloc");
  Free free_ = runtime<Free>("cudaFree");
  int (*last_error_)() = runtime<int (*)()>("cudaGetLastError");
  std::vector<void*> blocks_;
};

}  // namespace sr::test
