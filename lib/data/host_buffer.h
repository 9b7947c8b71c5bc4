#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace sr {

/// Gives at least so many bytes, 64-byte aligned, that are freed with the last copy of the pointer.
/// Throws when there are none.
using HostAllocate = std::function<std::shared_ptr<std::byte>(std::size_t bytes)>;

/// Plain memory, which LibTorch's allocator does not see. Throws std::bad_alloc.
std::shared_ptr<std::byte> allocate_plain(std::size_t bytes);

/// Host memory for batches that grows to the largest size asked for and is reused.
class HostBuffer {
 public:
  explicit HostBuffer(HostAllocate allocate) : allocate_(std::move(allocate)) {}

  /// At least `bytes` bytes, 64-byte aligned; what was in them is lost when they have to grow.
  std::byte* reserve(std::size_t bytes);

 private:
  HostAllocate allocate_;
  std::size_t capacity_ = 0;
  std::shared_ptr<std::byte> memory_;
};

}  // namespace sr
