#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace sr {

/// A request that a device, or this machine, could not grant; bytes.
struct MemoryShortage {
  std::int64_t held = 0;                      ///< by this program at the failure
  std::int64_t requested = 0;                 ///< what was refused; 0 = unknown
  std::optional<std::int64_t> between_steps;  ///< part of `held` that stays between two steps
  std::int64_t external = 0;                  ///< out of this program's reach
  std::int64_t total = 0;                     ///< the limit
};

/// The table of exit code 5, needed / free / others / limit: each row begins with a line break.
std::string table_of(const MemoryShortage& shortage);

}  // namespace sr
