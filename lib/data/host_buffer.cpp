#include "data/host_buffer.h"

#include <cstdlib>
#include <new>

namespace sr {
namespace {

constexpr std::size_t kAlignment = 64;

std::size_t rounded_up(std::size_t bytes) {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

}  // namespace

std::shared_ptr<std::byte> allocate_plain(std::size_t bytes) {
  // NOLINTNEXTLINE(cppcoreguidelines-owning-memory): what is returned owns it
  auto* memory = static_cast<std::byte*>(std::aligned_alloc(kAlignment, rounded_up(bytes)));
  if (memory == nullptr) {
    throw std::bad_alloc();
  }
  // NOLINTNEXTLINE(cppcoreguidelines-owning-memory): the other half of aligned_alloc
  return {memory, [](std::byte* block) { std::free(block); }};
}

std::byte* HostBuffer::reserve(std::size_t bytes) {
  if (bytes > capacity_) {
    capacity_ = 0;
    memory_.reset();  // the old block first: two of them need not fit
    memory_ = allocate_(rounded_up(bytes));
    capacity_ = rounded_up(bytes);
  }
  return memory_.get();
}

}  // namespace sr
