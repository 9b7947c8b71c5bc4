#pragma once

#include <filesystem>
#include <string>

namespace sr {

/// Processors this process may keep busy, at least 1: those of its affinity mask, or its
/// container's quota (cgroup versions 1 and 2, rounded up) where that is lower; a thread more than
/// the quota stalls all of them. The one rule for LibTorch's threads, decoding and other pools;
/// bits of a CPU run depend on the first. `root` is where /proc and /sys are found.
int usable_cpus(const std::filesystem::path& root = "/");

/// This machine's name in the network, or "unknown host".
std::string host_name();

}  // namespace sr
