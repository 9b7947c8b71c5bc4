#pragma once

#include <filesystem>

namespace sr {

/// Processors this process may keep busy, at least 1: those of its affinity mask, or its
/// container's quota (cgroup versions 1 and 2, rounded up) where that is lower; a thread more than
/// the quota stalls all of them. For at::set_num_threads, once, in main. Bits of a CPU run depend
/// on the number of threads. `root` is where /proc and /sys are found.
int usable_threads(const std::filesystem::path& root = "/");

}  // namespace sr
