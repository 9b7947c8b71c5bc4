#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "device/memory.h"

namespace sr {

/// The gauge of the CPU; the counting allocator must be installed.
std::unique_ptr<DeviceMemory> make_cpu_memory(std::optional<std::int64_t> limit);

}  // namespace sr
