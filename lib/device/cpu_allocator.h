#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>

#include <c10/core/Allocator.h>

#include "core/host_memory.h"

namespace sr {

/// The part of the CPU's memory that may be in use, by us and others together, before the allocator
/// refuses: the kernel's out-of-memory killer never has to decide.
inline constexpr double kMemoryCeiling = 0.97;

/// LibTorch's CPU allocator with a gauge and a limit.
///
/// Counts the bytes that were *requested*, so that a peak is a function of the program and not of
/// how the heap happens to round. Refuses with c10::OutOfMemoryError what would go above
///   min(set_limit(), kMemoryCeiling * total - external),
/// and turns the kernel's own "no memory" into the same type. A heap whose free pieces lie in the
/// wrong places takes new pages for a block although it holds enough: where the machine has not got
/// them, the heap's free pages are given back first. Every refusal is counted, because
/// LibTorch may swallow one and take another path, and the step still succeeds.
/// All functions may be called from any thread.
class CpuAllocator final : public c10::Allocator {
 public:
  static constexpr std::int64_t kUnlimited = std::numeric_limits<std::int64_t>::max();

  CpuAllocator();

  /// 64-byte aligned, no header: the context is the data pointer. nullptr for 0 bytes, not counted.
  c10::DataPtr allocate(std::size_t bytes) override;
  /// Not null: oneDNN takes its scratch memory through raw_allocate, which needs it.
  c10::DeleterFnPtr raw_deleter() const override;
  void copy_data(void* target, const void* source, std::size_t bytes) const override;

  struct Counters {
    std::int64_t allocated = 0;       ///< requested bytes alive now
    std::int64_t allocated_peak = 0;  ///< since reset_peak()
    std::uint64_t allocations = 0;    ///< allocate() calls for more than 0 bytes, also refused ones
    std::uint64_t refusals = 0;
    std::int64_t last_refused = 0;  ///< bytes; 0 = none yet
  };
  Counters counters() const;
  void reset_peak();

  /// Bytes that may be alive from now on; nothing = only the machine decides. A limit below what is
  /// alive frees nothing: it refuses until enough has been freed.
  void set_limit(std::optional<std::int64_t> bytes);
  /// The limit set, or kUnlimited.
  std::int64_t limit() const { return limit_.load(std::memory_order_relaxed); }

  /// What the machine leaves to this process, measured now.
  struct Machine {
    std::int64_t total = 0;     ///< physical memory, or the cgroup's limit where that is lower
    std::int64_t external = 0;  ///< held by others, and by this process outside this allocator
    std::int64_t ceiling = 0;   ///< kMemoryCeiling * total - external: above it allocate() refuses
  };
  Machine measure_machine();

  /// Gives freed memory that the heap kept back to the kernel.
  void trim();

  /// For tests: where measurements find /proc and /sys from now on. Not while others allocate.
  void measure_under(const std::filesystem::path& root);

  /// For tests: refuses the `nth` allocation from now (1 = the next one), once or from there on.
  /// Costs one comparison per allocation when off.
  enum class Failing { kOnce, kFromThere };
  void fail_at(std::uint64_t nth, Failing failing);
  void stop_failing();

 private:
  bool reserve(std::int64_t bytes);
  void* obtain(std::int64_t bytes);
  bool machine_can_back(const void* block, std::int64_t bytes);
  void release(std::int64_t bytes) { allocated_.fetch_sub(bytes, std::memory_order_relaxed); }
  [[noreturn]] void refuse(std::int64_t bytes, const char* reason);
  std::int64_t machine_ceiling(std::int64_t bytes);
  static void deallocate(void* block);

  static constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

  HostMemoryReader host_;
  std::atomic<std::int64_t> allocated_{0};
  std::atomic<std::int64_t> peak_{0};
  /// Peak since the last trim(): what the heap may still hold.
  std::atomic<std::int64_t> footprint_{0};
  /// Available at the last measurement, less the ceiling's reserve and all blocks handed out since,
  /// as if each had taken new pages: while it is positive, the machine needs no look.
  std::atomic<std::int64_t> headroom_{0};
  std::atomic<std::int64_t> limit_{kUnlimited};
  std::atomic<std::int64_t> ceiling_{kUnlimited};
  std::atomic<std::int64_t> next_measurement_{0};  ///< monotonic clock, ns
  std::atomic<std::uint64_t> allocations_{0};
  std::atomic<std::uint64_t> refusals_{0};
  std::atomic<std::int64_t> last_refused_{0};
  std::atomic<std::uint64_t> fail_begin_{kNever};
  std::atomic<std::uint64_t> fail_end_{kNever};
};

/// The one instance. It is a static that is never destroyed, the exception to "no globals":
/// LibTorch keeps a plain pointer to its allocator, a block's deleter gets nothing but the block's
/// address, and tensors held by other statics are freed after main has returned.
CpuAllocator& cpu_allocator();

}  // namespace sr
