#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>

#include <c10/core/Device.h>

namespace sr {

/// One reading of a device's memory, bytes. On the CPU "allocated" counts LibTorch's requested
/// bytes exactly and reserved equals allocated.
struct MemoryReading {
  std::int64_t allocated = 0;
  std::int64_t allocated_peak = 0;  ///< since reset_peak()
  std::int64_t reserved = 0;
  std::int64_t reserved_peak = 0;
  /// The part of total that LibTorch cannot reach: held by others (context, libraries, other
  /// processes, on the CPU also this process's other memory), or cut off by a limit lowered since
  /// the start. Under a limit that others leave free it is 0.
  std::int64_t external = 0;
  /// The limit given to open_device_memory, else the device's (CPU: physical memory or the cgroup's
  /// limit). Does not follow set_limit().
  std::int64_t total = 0;
  std::int64_t device_total = 0;  ///< of the device itself, whatever the limit
  std::int64_t free = 0;          ///< what could still be allocated
  /// Allocations refused since the start, also those that LibTorch swallowed.
  std::uint64_t refusals = 0;
  std::uint64_t retries = 0;  ///< allocator retries (CUDA)
};

/// The gauge and the limit of one device. Not thread-safe except where LibTorch's allocator is.
class DeviceMemory {
 public:
  virtual ~DeviceMemory() = default;
  virtual MemoryReading read() = 0;
  virtual void reset_peak() = 0;
  /// Gives cached, unused blocks back to the device.
  virtual void empty_cache() = 0;
  virtual void synchronize() = 0;
  /// Bytes LibTorch may hold from now on; may be lowered and raised while running.
  virtual void set_limit(std::optional<std::int64_t> bytes) = 0;
  /// on: an allocation that is refused ends the work it was for. off, as at the start: a library
  /// may go another way, and remember it (cuDNN keeps the algorithm that fitted), which changes
  /// later results. Without effect on the CPU, where no library does so.
  virtual void set_refusals_final(bool /*on*/) {}
  /// Size of the last refused request, bytes (0 = none yet).
  virtual std::int64_t last_refused_bytes() = 0;
};

struct DeviceChoice {
  c10::Device device;
  /// Why "auto" did not take the GPU that seems to be there, for the user; usually empty.
  std::string note;
};

/// "auto", "cpu", "cuda", "cuda:N" -> an existing device. Opens the CUDA back end when it is
/// needed, before anything else asks for it. Throws ConfigError when the device asked for is not
/// there.
DeviceChoice open_device(const std::string& request);

/// Human-readable name: "AMD EPYC (2 threads)", "NVIDIA H100 80GB HBM3".
std::string device_name(c10::Device device);

/// The gauge of an opened device. `limit` is the user's memory_limit in bytes; a larger one than
/// the device has counts as the device's own. On the CPU the allocator also refuses, limit or not,
/// what would bring the machine above 97 % of its memory.
std::unique_ptr<DeviceMemory> open_device_memory(c10::Device device,
                                                 std::optional<std::int64_t> limit);

/// Puts the counting allocator in place of LibTorch's CPU allocator and keeps freed memory in the
/// process (mallopt). Call first in main, before the first tensor; later calls do nothing.
void install_cpu_allocator();

}  // namespace sr
