#include "device/threads.h"

#include "support/catch.h"
#include "support/temp_folder.h"

namespace sr {
namespace {

TEST_CASE("A quota of less than one processor is one thread", "[device]") {
  const test::TempFolder root;
  root.write("proc/self/cgroup", "0::/\n");
  root.write("sys/fs/cgroup/cpu.max", "50000 100000\n");
  CHECK(usable_threads(root.path()) == 1);
}

TEST_CASE("A version 1 quota counts and its minus one does not", "[device]") {
  const test::TempFolder root;
  const test::TempFolder free;
  for (const test::TempFolder* folder : {&root, &free}) {
    folder->write("proc/self/cgroup", "3:cpu,cpuacct:/\n");
    folder->write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  }
  root.write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "100000\n");
  free.write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
  const test::TempFolder none;
  CHECK(usable_threads(root.path()) == 1);
  CHECK(usable_threads(free.path()) == usable_threads(none.path()));
}

TEST_CASE("A quota above the affinity mask or no quota leaves the mask", "[device]") {
  const test::TempFolder none;
  const test::TempFolder large;
  large.write("proc/self/cgroup", "0::/\n");
  large.write("sys/fs/cgroup/cpu.max", "100000000 100000\n");
  const test::TempFolder unlimited;
  unlimited.write("proc/self/cgroup", "0::/\n");
  unlimited.write("sys/fs/cgroup/cpu.max", "max 100000\n");
  CHECK(usable_threads(none.path()) >= 1);
  CHECK(usable_threads(large.path()) == usable_threads(none.path()));
  CHECK(usable_threads(unlimited.path()) == usable_threads(none.path()));
}

}  // namespace
}  // namespace sr
