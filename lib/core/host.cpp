#include "core/host.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <thread>

#include "core/proc_text.h"

namespace sr {
namespace {

/// quota / period, rounded up; nothing when there is no quota ("max" or -1).
std::optional<std::int64_t> processors(std::optional<std::int64_t> quota,
                                       std::optional<std::int64_t> period) {
  if (!quota || !period || *quota <= 0 || *period <= 0) {
    return std::nullopt;
  }
  return (*quota + *period - 1) / *period;
}

std::optional<std::int64_t> quota_version_2(const std::filesystem::path& folder) {
  const std::string text = read_small_file(folder / "cpu.max");  // "200000 100000" or "max 100000"
  const std::size_t blank = text.find(' ');
  return blank == text.npos ? std::nullopt
                            : processors(leading_number(text), leading_number(text.substr(blank)));
}

std::optional<std::int64_t> quota_version_1(const std::filesystem::path& folder) {
  return processors(leading_number(read_small_file(folder / "cpu.cfs_quota_us")),
                    leading_number(read_small_file(folder / "cpu.cfs_period_us")));
}

/// sched_attr of sched_setattr(2), which glibc declares from version 2.41 on.
struct SchedulingAttributes {
  std::uint32_t size = sizeof(SchedulingAttributes);
  std::uint32_t policy = 0;
  std::uint64_t flags = 0;
  std::int32_t nice = 0;
  std::uint32_t priority = 0;
  std::uint64_t runtime = 0;  ///< of an ordinary thread: the length of a turn, ns; 0 = the default
  std::uint64_t deadline = 0, period = 0;
};

/// Of the calling thread. What the kernel refuses stays as it was.
void set_policy(int policy, std::uint64_t turn_ns) {
  SchedulingAttributes attributes;
  attributes.policy = static_cast<std::uint32_t>(policy);
  attributes.nice = ::getpriority(PRIO_PROCESS, 0);
  attributes.runtime = turn_ns;
  ::syscall(SYS_sched_setattr, 0, &attributes, 0);
}

}  // namespace

int usable_cpus(const std::filesystem::path& root) {
  cpu_set_t mask;
  CPU_ZERO(&mask);
  std::int64_t threads = ::sched_getaffinity(0, sizeof mask, &mask) == 0
                             ? CPU_COUNT(&mask)
                             : std::int64_t{std::thread::hardware_concurrency()};
  for (const auto& folder : cgroup_folders(root, "")) {
    threads = std::min(threads, quota_version_2(folder).value_or(threads));
  }
  for (const auto& folder : cgroup_folders(root, "cpu")) {
    threads = std::min(threads, quota_version_1(folder).value_or(threads));
  }
  return static_cast<int>(std::max<std::int64_t>(1, threads));
}

void work_in_background() {
  set_policy(SCHED_BATCH, 0);
}

void take_short_turns() {
  constexpr std::uint64_t kTurnNs = 100'000;  // the least that the kernel grants
  set_policy(SCHED_OTHER, kTurnNs);
}

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "unknown host";
}

}  // namespace sr
