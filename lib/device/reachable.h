#pragma once

#include <algorithm>
#include <cstdint>

namespace sr {

/// MemoryReading::external, one rule for both devices: the part of `total` that LibTorch cannot
/// reach. `reachable` = min(limit in force, own + what is free on the device). Without a limit that
/// is what others hold. Under one it is 0 as long as others leave the limit free, and a limit
/// lowered while running is seen as others having taken the difference.
inline std::int64_t external_bytes(std::int64_t total, std::int64_t reachable) {
  return std::clamp<std::int64_t>(total - reachable, 0, total);
}

}  // namespace sr
