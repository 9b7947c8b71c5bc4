#include "data/host_buffer.h"

#include <new>

#include <ATen/ops/empty.h>

namespace sr {
namespace {

constexpr std::size_t kAlignment = 64;

}  // namespace

std::byte* HostBuffer::reserve(std::size_t bytes) {
  if (bytes > capacity_) {
    const std::size_t rounded = (bytes + kAlignment - 1) / kAlignment * kAlignment;
    capacity_ = 0;
    plain_.reset();  // the old block first: two of them need not fit
    locked_.reset();
    if (pinned_) {
      const auto options = at::TensorOptions().dtype(at::kByte).pinned_memory(true);
      locked_ = at::empty({static_cast<std::int64_t>(rounded)}, options);
    } else {
      plain_.reset(static_cast<std::byte*>(std::aligned_alloc(kAlignment, rounded)));
      if (!plain_) {
        throw std::bad_alloc();
      }
    }
    capacity_ = rounded;
  }
  return pinned_ ? static_cast<std::byte*>(locked_.mutable_data_ptr()) : plain_.get();
}

}  // namespace sr
