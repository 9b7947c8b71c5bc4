#include "device/cuda_memory.h"

#include <algorithm>

#include <c10/core/CachingDeviceAllocator.h>

#include "device/reachable.h"

namespace sr {
namespace {

constexpr std::int64_t kReadingsPerSample = 20;  ///< about ten steps

/// Counters of LibTorch's caching allocator, read through its device-neutral interface; the limit
/// is the allocator's memory fraction, so it bounds what is *reserved*.
class CudaMemory final : public DeviceMemory {
 public:
  CudaMemory(const CudaApi& api, int device, std::optional<std::int64_t> limit)
      : api_(api),
        device_(static_cast<c10::DeviceIndex>(device)),
        device_total_(api.memory(device).total),
        total_(std::min(limit.value_or(device_total_), device_total_)) {
    set_limit(limit);
  }

  MemoryReading read() override {
    const auto stats = allocator().getDeviceStats(device_);
    const auto all = static_cast<std::size_t>(c10::CachingAllocator::StatType::AGGREGATE);
    MemoryReading reading;
    reading.allocated = stats.allocated_bytes.at(all).current;
    reading.allocated_peak = stats.allocated_bytes.at(all).peak;
    reading.reserved = stats.reserved_bytes.at(all).current;
    reading.reserved_peak = stats.reserved_bytes.at(all).peak;
    reading.total = total_;
    reading.device_total = device_total_;
    reading.refusals = api_.refusals(device_).count;
    reading.retries = static_cast<std::uint64_t>(stats.num_alloc_retries);
    sample_others(reading);
    const std::int64_t reachable =
        std::min(limit_.value_or(device_total_), device_total_ - others_);
    reading.external = external_bytes(total_, reachable);
    reading.free = std::max<std::int64_t>(0, reachable - reading.allocated);
    return reading;
  }

  void reset_peak() override { allocator().resetPeakStats(device_); }
  void empty_cache() override { allocator().emptyCache(); }
  void synchronize() override { api_.synchronize(device_); }

  void set_limit(std::optional<std::int64_t> bytes) override {
    limit_ = bytes;
    const double share =
        bytes ? static_cast<double>(*bytes) / static_cast<double>(device_total_) : 1.0;
    api_.set_memory_fraction(std::clamp(share, 0.0, 1.0), device_);
  }

  void set_refusals_final(bool on) override { api_.set_refusals_final(on, device_); }

  std::int64_t last_refused_bytes() override { return api_.refusals(device_).last_requested; }

 private:
  /// What others hold changes seldom, and asking the driver takes longer than all counters
  /// together: it is asked now and then, and whenever an allocation was refused.
  void sample_others(const MemoryReading& reading) {
    const bool in_need = reading.refusals != refusals_ || reading.retries != retries_;
    if (in_need || readings_ % kReadingsPerSample == 0) {
      others_ =
          std::max<std::int64_t>(0, device_total_ - api_.memory(device_).free - reading.reserved);
      refusals_ = reading.refusals;
      retries_ = reading.retries;
    }
    ++readings_;
  }

  static c10::DeviceAllocator& allocator() { return *c10::getDeviceAllocator(c10::kCUDA); }

  const CudaApi& api_;
  const c10::DeviceIndex device_;
  const std::int64_t device_total_;
  const std::int64_t total_;
  std::optional<std::int64_t> limit_;
  std::int64_t others_ =
      0;  ///< bytes of the device that LibTorch has not reserved and are not free
  std::int64_t readings_ = 0;
  std::uint64_t refusals_ = 0, retries_ = 0;
};

}  // namespace

std::unique_ptr<DeviceMemory> make_cuda_memory(const CudaApi& api, int device,
                                               std::optional<std::int64_t> limit) {
  return std::make_unique<CudaMemory>(api, device, limit);
}

}  // namespace sr
