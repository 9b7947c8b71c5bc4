#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>

#include <ATen/core/Tensor.h>

namespace sr {

/// Host memory for batches that grows to the largest size asked for and is reused: plain aligned
/// memory that LibTorch's allocator does not see, or page-locked memory for transfers to CUDA.
class HostBuffer {
 public:
  explicit HostBuffer(bool pinned) : pinned_(pinned) {}

  /// At least `bytes` bytes, 64-byte aligned; what was in them is lost when they have to grow.
  /// Throws std::bad_alloc or what LibTorch throws when memory cannot be locked.
  std::byte* reserve(std::size_t bytes);

 private:
  struct Free {
    void operator()(std::byte* bytes) const { std::free(bytes); }
  };

  bool pinned_;
  std::size_t capacity_ = 0;
  std::unique_ptr<std::byte, Free> plain_;
  at::Tensor locked_;
};

}  // namespace sr
