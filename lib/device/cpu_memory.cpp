#include "device/cpu_memory.h"

#include <algorithm>
#include <chrono>

#include "device/cpu_allocator.h"
#include "device/reachable.h"

namespace sr {
namespace {

class CpuMemory final : public DeviceMemory {
 public:
  CpuMemory(CpuAllocator& allocator, std::optional<std::int64_t> limit)
      : allocator_(allocator),
        total_(
            std::min(limit.value_or(CpuAllocator::kUnlimited), allocator.measure_machine().total)) {
    allocator_.set_limit(limit);
  }

  MemoryReading read() override {
    const CpuAllocator::Counters counters = allocator_.counters();
    const CpuAllocator::Machine machine = recent_machine();
    MemoryReading reading;
    reading.allocated = reading.reserved = counters.allocated;
    reading.allocated_peak = reading.reserved_peak = counters.allocated_peak;
    reading.total = total_;
    reading.device_total = machine.total;
    reading.external =
        external_bytes(total_, std::min(allocator_.limit(), machine.total - machine.external));
    reading.free = std::max<std::int64_t>(
        0, std::min(allocator_.limit(), machine.ceiling) - counters.allocated);
    reading.refusals = counters.refusals;
    return reading;
  }

  void reset_peak() override { allocator_.reset_peak(); }
  void empty_cache() override { allocator_.trim(); }
  void synchronize() override {}  // operations on the CPU have ended when they return
  void set_limit(std::optional<std::int64_t> bytes) override { allocator_.set_limit(bytes); }
  std::int64_t last_refused_bytes() override { return allocator_.counters().last_refused; }

 private:
  /// What others hold changes slowly, and asking the kernel takes longer than all the rest of a
  /// reading: at most ten times a second.
  CpuAllocator::Machine recent_machine() {
    const auto now = std::chrono::steady_clock::now();
    if (!machine_ || now - measured_ > std::chrono::milliseconds(100)) {
      machine_ = allocator_.measure_machine();
      measured_ = now;
    }
    return *machine_;
  }

  CpuAllocator& allocator_;
  const std::int64_t total_;
  std::optional<CpuAllocator::Machine> machine_;
  std::chrono::steady_clock::time_point measured_;
};

}  // namespace

std::unique_ptr<DeviceMemory> make_cpu_memory(std::optional<std::int64_t> limit) {
  return std::make_unique<CpuMemory>(cpu_allocator(), limit);
}

}  // namespace sr
