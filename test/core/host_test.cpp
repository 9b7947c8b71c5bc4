#include "core/host.h"

#include <sched.h>
#include <sys/resource.h>

#include <thread>

#include "core/parallel.h"
#include "support/catch.h"
#include "support/temp_folder.h"

namespace sr {
namespace {

TEST_CASE("Processors that are not in the affinity mask do not count", "[core]") {
  cpu_set_t before;
  REQUIRE(::sched_getaffinity(0, sizeof before, &before) == 0);
  int first = 0;
  while (!CPU_ISSET(first, &before)) {
    ++first;
  }
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(first, &one);
  REQUIRE(::sched_setaffinity(0, sizeof one, &one) == 0);
  const test::TempFolder root;
  CHECK(usable_cpus(root.path()) == 1);
  CHECK(useful_threads() == 1);
  ::sched_setaffinity(0, sizeof before, &before);
}

TEST_CASE("The tightest quota of all groups above counts", "[core]") {
  const test::TempFolder root;
  root.write("proc/self/cgroup", "0::/outer/inner\n");
  root.write("sys/fs/cgroup/outer/cpu.max", "100000 100000\n");
  root.write("sys/fs/cgroup/outer/inner/cpu.max", "900000 100000\n");
  CHECK(usable_cpus(root.path()) == 1);
}

TEST_CASE("Only the thread that asks for it works in the background", "[core]") {
  const int nice = ::getpriority(PRIO_PROCESS, 0);
  int policy = -1;
  int nice_there = -1;
  std::thread thread([&] {
    take_short_turns();  // inherited or not: it ends with the background
    work_in_background();
    policy = ::sched_getscheduler(0);
    nice_there = ::getpriority(PRIO_PROCESS, 0);
  });
  thread.join();
  CHECK(policy == SCHED_BATCH);
  CHECK(nice_there == nice);
  CHECK(::sched_getscheduler(0) == SCHED_OTHER);
}

TEST_CASE("Short turns leave policy and priority", "[core]") {
  const int nice = ::getpriority(PRIO_PROCESS, 0);
  int policy = -1;
  int nice_there = -1;
  std::thread thread([&] {
    take_short_turns();
    policy = ::sched_getscheduler(0);
    nice_there = ::getpriority(PRIO_PROCESS, 0);
  });
  thread.join();
  CHECK(policy == SCHED_OTHER);
  CHECK(nice_there == nice);
}

TEST_CASE("A quota of less than one processor is one thread", "[core]") {
  const test::TempFolder root;
  root.write("proc/self/cgroup", "0::/\n");
  root.write("sys/fs/cgroup/cpu.max", "50000 100000\n");
  CHECK(usable_cpus(root.path()) == 1);
}

TEST_CASE("A version 1 quota counts and its minus one does not", "[core]") {
  const test::TempFolder root;
  const test::TempFolder free;
  for (const test::TempFolder* folder : {&root, &free}) {
    folder->write("proc/self/cgroup", "3:cpu,cpuacct:/\n");
    folder->write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  }
  root.write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "100000\n");
  free.write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
  const test::TempFolder none;
  CHECK(usable_cpus(root.path()) == 1);
  CHECK(usable_cpus(free.path()) == usable_cpus(none.path()));
}

TEST_CASE("A quota above the affinity mask or no quota leaves the mask", "[core]") {
  const test::TempFolder none;
  const test::TempFolder large;
  large.write("proc/self/cgroup", "0::/\n");
  large.write("sys/fs/cgroup/cpu.max", "100000000 100000\n");
  const test::TempFolder unlimited;
  unlimited.write("proc/self/cgroup", "0::/\n");
  unlimited.write("sys/fs/cgroup/cpu.max", "max 100000\n");
  CHECK(usable_cpus(none.path()) >= 1);
  CHECK(usable_cpus(large.path()) == usable_cpus(none.path()));
  CHECK(usable_cpus(unlimited.path()) == usable_cpus(none.path()));
}

}  // namespace
}  // namespace sr
