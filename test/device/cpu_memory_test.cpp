#include "device/cpu_memory.h"

#include <torch/torch.h>

#include "core/units.h"
#include "device/cpu_allocator.h"
#include "support/catch.h"

namespace sr {
namespace {

constexpr std::int64_t kLimit = 64 * kMiB;

torch::Tensor bytes_tensor(std::int64_t size) {
  return torch::empty({size}, torch::kUInt8);
}

/// Opens the CPU's gauge and takes the limit off again at the end.
struct Opened {
  explicit Opened(std::optional<std::int64_t> limit)
      : memory(open_device_memory(c10::kCPU, limit)) {}
  ~Opened() { memory->set_limit(std::nullopt); }
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;
  std::unique_ptr<DeviceMemory> memory;
};

TEST_CASE("A reading under a limit is a function of the requested bytes alone", "[device]") {
  const Opened cpu(kLimit);
  const std::int64_t base = cpu.memory->read().allocated;
  cpu.memory->reset_peak();
  { const auto passing = bytes_tensor(2 * kMiB); }
  const auto kept = bytes_tensor(kMiB);
  const MemoryReading reading = cpu.memory->read();
  CHECK(reading.allocated == base + kMiB);
  CHECK(reading.allocated_peak == base + 2 * kMiB);
  CHECK(reading.reserved == reading.allocated);
  CHECK(reading.reserved_peak == reading.allocated_peak);
  CHECK(reading.external == 0);
  CHECK(reading.total == kLimit);
  CHECK(reading.free == kLimit - reading.allocated);
  CHECK(reading.retries == 0);
}

TEST_CASE("Without a limit total is the machine's and the rest is external or usable", "[device]") {
  const Opened cpu(std::nullopt);
  const MemoryReading reading = cpu.memory->read();
  CHECK(reading.total > kGiB / 4);
  CHECK(reading.external > 0);
  CHECK(reading.external < reading.total);
  CHECK(reading.free > 0);
  const auto ceiling =
      static_cast<std::int64_t>(kMemoryCeiling * static_cast<double>(reading.total));
  CHECK(reading.free + reading.allocated + reading.external <= ceiling + 1);
}

TEST_CASE("A limit beyond the machine counts as the machine", "[device]") {
  const Opened without(std::nullopt);
  const Opened beyond(std::int64_t{1} << 50);
  CHECK(beyond.memory->read().total == without.memory->read().total);
}

TEST_CASE("A limit lowered while running is seen as external load and taken back", "[device]") {
  const Opened cpu(kLimit);
  cpu.memory->set_limit(kLimit - 10 * kMiB);
  const MemoryReading lowered = cpu.memory->read();
  CHECK(lowered.total == kLimit);
  CHECK(lowered.external == 10 * kMiB);
  CHECK_THROWS_AS(bytes_tensor(60 * kMiB), c10::OutOfMemoryError);
  cpu.memory->set_limit(kLimit);
  CHECK(cpu.memory->read().external == 0);
  CHECK_NOTHROW(bytes_tensor(60 * kMiB));
}

TEST_CASE("Refusals and the last refused size are reported", "[device]") {
  const Opened cpu(kLimit);
  const std::uint64_t before = cpu.memory->read().refusals;
  CHECK_THROWS_AS(bytes_tensor(kLimit + 1), c10::OutOfMemoryError);
  CHECK(cpu.memory->read().refusals == before + 1);
  CHECK(cpu.memory->last_refused_bytes() == kLimit + 1);
}

TEST_CASE("Emptying the cache keeps what is alive", "[device]") {
  const Opened cpu(kLimit);
  const auto kept = bytes_tensor(3 * kMiB).fill_(7);
  const std::int64_t before = cpu.memory->read().allocated;
  cpu.memory->empty_cache();
  cpu.memory->synchronize();
  CHECK(cpu.memory->read().allocated == before);
  CHECK(kept.eq(7).all().item<bool>());
}

}  // namespace
}  // namespace sr
