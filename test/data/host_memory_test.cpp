#include "data/host_memory.h"

#include "core/units.h"
#include "support/catch.h"
#include "support/temp_folder.h"

namespace sr {

TEST_CASE("the system's estimate bounds what is available", "[data]") {
  const test::TempFolder root;
  root.write("proc/meminfo", "MemTotal:  2048 kB\nMemAvailable:   1024 kB\n");
  CHECK(available_host_memory(root.path()) == kMiB);
}

TEST_CASE("a control group's rest counts when it is less", "[data]") {
  const test::TempFolder root;
  root.write("proc/meminfo", "MemAvailable:   1024 kB\n");
  root.write("sys/fs/cgroup/memory.max", "1000000\n");
  root.write("sys/fs/cgroup/memory.current", "700000\n");
  root.write("sys/fs/cgroup/memory.stat", "inactive_anon 5\ninactive_file 100000\n");
  CHECK(available_host_memory(root.path()) == 400000);
  root.write("sys/fs/cgroup/memory/memory.limit_in_bytes", "500000\n");
  root.write("sys/fs/cgroup/memory/memory.usage_in_bytes", "600000\n");
  CHECK(available_host_memory(root.path()) == 0);
}

TEST_CASE("a control group without limit counts for nothing", "[data]") {
  const test::TempFolder root;
  root.write("proc/meminfo", "MemAvailable:   1024 kB\n");
  root.write("sys/fs/cgroup/memory.max", "max\n");
  root.write("sys/fs/cgroup/memory.current", "700000\n");
  CHECK(available_host_memory(root.path()) == kMiB);
}

TEST_CASE("nothing is available where nothing can be read", "[data]") {
  const test::TempFolder root;
  CHECK(available_host_memory(root.path()) == 0);
  CHECK(available_host_memory() > kMiB);
}

TEST_CASE("the cache's budget follows its setting", "[data]") {
  CHECK(cache_budget({CacheMode::kOff, 5}, kGiB) == 0);
  CHECK(cache_budget({CacheMode::kAuto, 5}, kGiB) == kGiB / 4);
  CHECK(cache_budget({CacheMode::kBytes, 5}, kGiB) == 5);
}

}  // namespace sr
