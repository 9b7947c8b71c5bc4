#pragma once

#include <cstdint>
#include <filesystem>

#include "config/config.h"

namespace sr {

/// Bytes of host memory that can still be used without swapping: the system's estimate, or what the
/// control group (v2 or v1) this process runs in has left, whichever is less. 0 when neither can be
/// read. `root` stands in for "/" in tests.
std::int64_t available_host_memory(const std::filesystem::path& root = "/");

/// Bytes of decoded images to keep: `auto` is a quarter of what is available now.
std::int64_t cache_budget(const CacheSetting& setting, std::int64_t available_bytes);

}  // namespace sr
