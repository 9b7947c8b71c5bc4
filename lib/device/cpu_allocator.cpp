#include "device/cpu_allocator.h"

#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>

#include <c10/core/CPUAllocator.h>
#include <c10/core/alignment.h>
#include <c10/util/Exception.h>
#include <fmt/format.h>

#include "core/units.h"
#include "device/heap.h"
#include "device/memory.h"

namespace sr {
namespace {

/// A block ends with its requested size, in the last bytes that malloc_usable_size() grants: they
/// are found again without a header, which would cost a whole alignment unit in front of the data.
/// The place depends on the heap's rounding, the value does not; it is unaligned in general.
using Trailer = std::int64_t;

void write_trailer(void* block, Trailer bytes) {
  const std::size_t usable = ::malloc_usable_size(block);
  std::memcpy(static_cast<char*>(block) + usable - sizeof(Trailer), &bytes, sizeof(Trailer));
}

Trailer read_trailer(void* block) {
  Trailer bytes = 0;
  const std::size_t usable = ::malloc_usable_size(block);
  std::memcpy(&bytes, static_cast<char*>(block) + usable - sizeof(Trailer), sizeof(Trailer));
  return bytes;
}

void raise_to(std::atomic<std::int64_t>& maximum, std::int64_t value) {
  std::int64_t seen = maximum.load(std::memory_order_relaxed);
  while (seen < value && !maximum.compare_exchange_weak(seen, value, std::memory_order_relaxed)) {
  }
}

/// Own bytes are counted at each call; only what others hold can be stale, by this much.
constexpr std::chrono::nanoseconds kMeasureEvery = std::chrono::milliseconds(100);
/// Smaller blocks cannot bring a machine down between two larger ones, and do not pay for a clock.
constexpr std::int64_t kMeasuredBlock = 1 * kMiB;

std::int64_t now_ns() {
  return std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

CpuAllocator::CpuAllocator() {
  measure_machine();
}

c10::DataPtr CpuAllocator::allocate(std::size_t size) {
  const c10::Device cpu(c10::DeviceType::CPU);
  if (size == 0) {
    return {nullptr, nullptr, &deallocate, cpu};
  }
  const auto bytes = static_cast<std::int64_t>(
      std::min<std::size_t>(size, static_cast<std::size_t>(kUnlimited) - sizeof(Trailer)));
  const std::uint64_t index = allocations_.fetch_add(1, std::memory_order_relaxed);
  if (index >= fail_begin_.load(std::memory_order_relaxed) &&
      index < fail_end_.load(std::memory_order_relaxed)) {
    refuse(bytes, "refused by a test");
  }
  if (!reserve(bytes)) {
    if (limit() < ceiling_.load(std::memory_order_relaxed)) {
      refuse(bytes, "above the memory limit");
    }
    trim();  // pieces that the heap keeps beyond what was ever alive count as external
    if (!reserve(bytes)) {
      refuse(bytes, "above what this machine has left");
    }
  }
  void* block = obtain(bytes);
  if (block == nullptr) {
    release(bytes);
    refuse(bytes, "this machine has no memory left");
  }
  write_trailer(block, bytes);
  return {block, block, &deallocate, cpu};
}

/// A block that the machine can back with pages, or nullptr.
void* CpuAllocator::obtain(std::int64_t bytes) {
  const std::size_t size = static_cast<std::size_t>(bytes) + sizeof(Trailer);
  for (const bool last : {false, true}) {
    void* block = nullptr;
    if (::posix_memalign(&block, c10::gAlignment, size) == 0) {
      if (machine_can_back(block, bytes)) {
        return block;
      }
      std::free(block);  // NOLINT(cppcoreguidelines-owning-memory): taken two lines above
    }
    if (!last) {
      trim();
    }
  }
  return nullptr;
}

/// The kernel promises any block and kills the process when it touches pages that are not there.
bool CpuAllocator::machine_can_back(const void* block, std::int64_t bytes) {
  const auto take = [this](std::int64_t pages) {
    return headroom_.fetch_sub(pages, std::memory_order_relaxed) >= pages;
  };
  if (take(bytes) || bytes < kMeasuredBlock) {
    return true;
  }
  measure_machine();
  const std::int64_t missing = missing_bytes(block, bytes);
  return missing == 0 || take(missing);
}

/// Counts `bytes` in if they fit. The check and the count are one step, so two threads can neither
/// pass the limit together nor refuse each other what one of them could have had.
bool CpuAllocator::reserve(std::int64_t bytes) {
  std::int64_t allowed = std::min(limit(), machine_ceiling(bytes));
  std::int64_t now = allocated_.load(std::memory_order_relaxed);
  do {
    if (bytes > allowed - now) {
      return false;
    }
  } while (!allocated_.compare_exchange_weak(now, now + bytes, std::memory_order_relaxed));
  raise_to(peak_, now + bytes);
  raise_to(footprint_, now + bytes);
  return true;
}

/// The machine's ceiling for a request: the last measurement, renewed when it is old or would
/// refuse.
std::int64_t CpuAllocator::machine_ceiling(std::int64_t bytes) {
  const std::int64_t known = ceiling_.load(std::memory_order_relaxed);
  const bool refuses = bytes > known - allocated_.load(std::memory_order_relaxed);
  if (refuses ||
      (bytes >= kMeasuredBlock && now_ns() >= next_measurement_.load(std::memory_order_relaxed))) {
    return measure_machine().ceiling;
  }
  return known;
}

CpuAllocator::Machine CpuAllocator::measure_machine() {
  next_measurement_.store(now_ns() + kMeasureEvery.count(), std::memory_order_relaxed);
  const HostMemory host = host_.read();
  const auto usable = static_cast<std::int64_t>(kMemoryCeiling * static_cast<double>(host.total));
  headroom_.store(host.available - (host.total - usable), std::memory_order_relaxed);
  // Resident memory that is not someone else's: blocks alive and blocks the heap kept for reuse, no
  // more than was alive at the peak. What is resident above that counts as external, as no refusal
  // here can free it: decoded images, code, libraries, and until a trim() also pieces of the heap
  // that later blocks did not fit into.
  const std::int64_t held =
      std::min(host_.own_resident(), footprint_.load(std::memory_order_relaxed));
  Machine machine;
  machine.total = host.total;
  machine.external = std::max<std::int64_t>(0, host.total - host.available - held);
  machine.ceiling = usable - machine.external;
  ceiling_.store(machine.ceiling, std::memory_order_relaxed);
  return machine;
}

void CpuAllocator::refuse(std::int64_t bytes, const char* reason) {
  refusals_.fetch_add(1, std::memory_order_relaxed);
  last_refused_.store(bytes, std::memory_order_relaxed);
  const std::int64_t alive = allocated_.load(std::memory_order_relaxed);
  const std::int64_t allowed = std::min(limit(), ceiling_.load(std::memory_order_relaxed));
  TORCH_CHECK_WITH(
      OutOfMemoryError, false,
      fmt::format("CPU out of memory. Tried to allocate {} bytes ({}): {}. Allocated {}, limit {}.",
                  bytes, format_bytes(bytes), reason, format_bytes(alive), format_bytes(allowed)));
}

void CpuAllocator::deallocate(void* block) {
  if (block != nullptr) {
    cpu_allocator().release(read_trailer(block));
    std::free(block);  // NOLINT(cppcoreguidelines-owning-memory): the other half of posix_memalign
  }
}

c10::DeleterFnPtr CpuAllocator::raw_deleter() const {
  return &deallocate;
}

void CpuAllocator::copy_data(void* target, const void* source, std::size_t bytes) const {
  default_copy_data(target, source, bytes);
}

CpuAllocator::Counters CpuAllocator::counters() const {
  Counters counters;
  counters.allocated = allocated_.load(std::memory_order_relaxed);
  counters.allocated_peak = peak_.load(std::memory_order_relaxed);
  counters.allocations = allocations_.load(std::memory_order_relaxed);
  counters.refusals = refusals_.load(std::memory_order_relaxed);
  counters.last_refused = last_refused_.load(std::memory_order_relaxed);
  return counters;
}

void CpuAllocator::reset_peak() {
  peak_.store(allocated_.load(std::memory_order_relaxed), std::memory_order_relaxed);
}

void CpuAllocator::set_limit(std::optional<std::int64_t> bytes) {
  limit_.store(bytes.value_or(kUnlimited), std::memory_order_relaxed);
}

void CpuAllocator::trim() {
  ::malloc_trim(0);
  footprint_.store(allocated_.load(std::memory_order_relaxed), std::memory_order_relaxed);
}

void CpuAllocator::measure_under(const std::filesystem::path& root) {
  host_ = HostMemoryReader(root);
  measure_machine();
}

void CpuAllocator::fail_at(std::uint64_t nth, Failing failing) {
  const std::uint64_t begin = allocations_.load(std::memory_order_relaxed) + nth - 1;
  fail_end_.store(failing == Failing::kOnce ? begin + 1 : kNever, std::memory_order_relaxed);
  fail_begin_.store(begin, std::memory_order_relaxed);
}

void CpuAllocator::stop_failing() {
  fail_begin_.store(kNever, std::memory_order_relaxed);
}

CpuAllocator& cpu_allocator() {
  // NOLINTNEXTLINE(cppcoreguidelines-owning-memory): never deleted, see the declaration
  static CpuAllocator& instance = *new CpuAllocator;
  return instance;
}

namespace {

/// Keeps what a step frees in the process for the next step. By default the heap returns every
/// large block to the kernel, which must clear its pages again a moment later: 4,000 page faults a
/// step of a small network, 20 % of its time, against 80 faults so. Huge pages on top gained
/// nothing measurable.
void keep_freed_memory() {
  ::mallopt(M_MMAP_THRESHOLD, static_cast<int>(1 * kGiB));
  ::mallopt(M_TRIM_THRESHOLD, -1);  // never
  ::mallopt(M_TOP_PAD, static_cast<int>(64 * kMiB));
  // Blocks above 32 MiB live only in the main heap; the decoding threads' heaps keep freed images
  // each on their own, so a few of them are enough.
  ::mallopt(M_ARENA_MAX, 4);
}

}  // namespace

void give_back_large_blocks() {
  ::mallopt(M_MMAP_THRESHOLD, static_cast<int>(64 * kMiB));
}

void install_cpu_allocator() {
  static const bool kInstalled = [] {
    keep_freed_memory();
    constexpr std::uint8_t kPriority = 100;  // above LibTorch's own allocators
    c10::SetCPUAllocator(&cpu_allocator(), kPriority);
    return true;
  }();
  static_cast<void>(kInstalled);
}

}  // namespace sr
