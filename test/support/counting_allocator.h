#pragma once

// Include after the LibTorch headers.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/alloc_cpu.h>

namespace sr::test {

/// While in scope, LibTorch's CPU memory comes from here and every allocation is counted, live
/// bytes and their peak too. Blocks may outlive the scope: each knows its size and how to free
/// itself.
class CountingAllocator final : public c10::Allocator {
 public:
  CountingAllocator() : previous_(c10::GetCPUAllocator()) { c10::SetCPUAllocator(this, kPriority); }
  ~CountingAllocator() override { c10::SetCPUAllocator(previous_, kPriority); }
  CountingAllocator(const CountingAllocator&) = delete;
  CountingAllocator& operator=(const CountingAllocator&) = delete;

  c10::DataPtr allocate(std::size_t bytes) override {
    ++count();
    const std::size_t live = live_bytes() += bytes;
    if (live > peak_bytes()) {
      peak_bytes() = live;
    }
    void* const block = c10::alloc_cpu(bytes + kHeader);
    *static_cast<std::size_t*>(block) = bytes;
    void* const data = static_cast<char*>(block) + kHeader;
    return {data, data, &release, c10::Device(c10::DeviceType::CPU)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &release; }
  void copy_data(void* destination, const void* source, std::size_t bytes) const override {
    default_copy_data(destination, source, bytes);
  }

  static std::atomic<std::size_t>& count() { return counters().count; }
  static std::atomic<std::size_t>& live_bytes() { return counters().live; }
  static std::atomic<std::size_t>& peak_bytes() { return counters().peak; }

 private:
  static constexpr std::size_t kHeader = 64;  ///< LibTorch's alignment
  static constexpr std::uint8_t kPriority = 100;
  struct Counters {
    std::atomic<std::size_t> count = 0, live = 0, peak = 0;
  };
  static Counters& counters() {
    static Counters values;
    return values;
  }
  static void release(void* data) {
    if (data != nullptr) {
      void* const block = static_cast<char*>(data) - kHeader;
      live_bytes() -= *static_cast<std::size_t*>(block);
      c10::free_cpu(block);
    }
  }

  c10::Allocator* previous_;
};

/// Allocations of LibTorch while `action` runs.
template <typename Action>
std::size_t count_allocations(Action&& action) {
  const CountingAllocator allocator;
  const std::size_t before = CountingAllocator::count();
  action();
  return CountingAllocator::count() - before;
}

}  // namespace sr::test
