#pragma once

#include <filesystem>
#include <string>

namespace sr {

/// Processors this process may keep busy, at least 1: those of its affinity mask, or its
/// container's quota (cgroup versions 1 and 2, rounded up) where that is lower; a thread more than
/// the quota stalls all of them. The one rule for LibTorch's threads, decoding and other pools;
/// bits of a CPU run depend on the first. `root` is where /proc and /sys are found.
int usable_cpus(const std::filesystem::path& root = "/");

/// The calling thread prepares or stores what others compute with: it is not to interrupt a thread
/// that computes, as one that was just woken does by default (SCHED_BATCH). Its share of the
/// processors stays.
void work_in_background();

/// The calling thread, and those that it starts from now on, take turns of 0.1 ms instead of some
/// milliseconds where others want the same processor: its share stays, but after a wait it comes
/// sooner, and so do threads that wait for it. Linux 6.12 and later; without effect before.
void take_short_turns();

/// This machine's name in the network, or "unknown host".
std::string host_name();

}  // namespace sr
