#include "train/must_fit.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.h"
#include "core/host_memory.h"
#include "core/memory_shortage.h"
#include "device/out_of_memory.h"

namespace sr {
namespace {

MemoryShortage shortage_of_device(const MemoryReading& reading) {
  MemoryShortage shortage;
  shortage.held = reading.allocated;
  shortage.external = reading.external;
  shortage.total = reading.total;
  return shortage;
}

MemoryShortage shortage_of_host() {
  const HostMemoryReader reader;
  const HostMemory host = reader.read();
  MemoryShortage shortage;
  shortage.held = reader.own_resident();
  shortage.total = host.total;
  shortage.external = std::max<std::int64_t>(0, host.total - host.available - shortage.held);
  return shortage;
}

}  // namespace

void must_fit(const std::string& what, DeviceMemory& memory, const std::function<void()>& work) {
  const std::uint64_t refusals_before = memory.read().refusals;
  MemoryReading at_failure;
  const auto failure = run_or_out_of_memory(work, [&] {
    at_failure = memory.read();
    return at_failure.refusals > refusals_before;
  });
  if (!failure) {
    return;
  }
  const bool host = failure->source == "host";
  MemoryShortage shortage = host ? shortage_of_host() : shortage_of_device(at_failure);
  shortage.requested = failure->requested_bytes;
  throw DoesNotFitError(
      fmt::format("{} does not fit into {} memory{}\nUse a smaller network or smaller sizes, raise "
                  "memory_limit, or free memory that other programs hold.",
                  what, host ? "the machine's" : "the device's", table_of(shortage)));
}

}  // namespace sr
