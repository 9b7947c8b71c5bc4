#include "core/host_memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "core/units.h"
#include "support/catch.h"
#include "support/temp_folder.h"

namespace sr {
namespace {

/// A machine with 1000 MiB, 700 of them available.
void write_machine(const test::TempFolder& root) {
  root.write(
      "proc/meminfo",
      "MemTotal:        1024000 kB\nMemFree:          100 kB\nMemAvailable:     716800 kB\n");
}

TEST_CASE("Without a cgroup the machine's memory counts", "[core]") {
  const test::TempFolder root;
  write_machine(root);
  const HostMemory memory = HostMemoryReader(root.path()).read();
  CHECK(memory.total == 1000 * kMiB);
  CHECK(memory.available == 700 * kMiB);
}

TEST_CASE("A version 2 limit narrows total and available and file cache is not in use", "[core]") {
  const test::TempFolder root;
  write_machine(root);
  root.write("proc/self/cgroup", "0::/box\n");
  root.write("sys/fs/cgroup/box/memory.max", "524288000\n");      // 500 MiB
  root.write("sys/fs/cgroup/box/memory.current", "314572800\n");  // 300 MiB
  root.write("sys/fs/cgroup/box/memory.stat",
             "anon 1\ninactive_file 52428800\nactive_file 52428800\n");  // 100 MiB of them
  const HostMemory memory = HostMemoryReader(root.path()).read();
  CHECK(memory.total == 500 * kMiB);
  CHECK(memory.available == 300 * kMiB);
}

TEST_CASE("A limit further up holds too", "[core]") {
  const test::TempFolder root;
  write_machine(root);
  root.write("proc/self/cgroup", "0::/outer/inner\n");
  root.write("sys/fs/cgroup/outer/memory.max", "104857600\n");
  root.write("sys/fs/cgroup/outer/memory.current", "0\n");
  root.write("sys/fs/cgroup/outer/inner/memory.max", "max\n");
  const HostMemory memory = HostMemoryReader(root.path()).read();
  CHECK(memory.total == 100 * kMiB);
  CHECK(memory.available == 100 * kMiB);
}

TEST_CASE("A version 1 limit counts the groups below", "[core]") {
  const test::TempFolder root;
  write_machine(root);
  root.write("proc/self/cgroup", "4:memory:/not/visible\n0::/\n");
  root.write("sys/fs/cgroup/memory/memory.limit_in_bytes", "209715200\n");  // 200 MiB
  root.write("sys/fs/cgroup/memory/memory.usage_in_bytes", "157286400\n");  // 150 MiB
  root.write("sys/fs/cgroup/memory/memory.stat",
             "inactive_file 1\ntotal_inactive_file 31457280\ntotal_active_file 0\n");  // 30 MiB
  const HostMemory memory = HostMemoryReader(root.path()).read();
  CHECK(memory.total == 200 * kMiB);
  CHECK(memory.available == 80 * kMiB);
}

TEST_CASE("A group over its limit has nothing available", "[core]") {
  const test::TempFolder root;
  write_machine(root);
  root.write("proc/self/cgroup", "0::/\n");
  root.write("sys/fs/cgroup/memory.max", "1048576\n");
  root.write("sys/fs/cgroup/memory.current", "2097152\n");
  const HostMemory memory = HostMemoryReader(root.path()).read();
  CHECK(memory.total == kMiB);
  CHECK(memory.available == 0);
}

TEST_CASE("A limit above the machine's memory changes nothing", "[core]") {
  const test::TempFolder root;
  write_machine(root);
  root.write("proc/self/cgroup", "0::/\n");
  root.write("sys/fs/cgroup/memory.max", "1099511627776\n");
  root.write("sys/fs/cgroup/memory.current", "2097152\n");
  const HostMemory memory = HostMemoryReader(root.path()).read();
  CHECK(memory.total == 1000 * kMiB);
  CHECK(memory.available == 700 * kMiB);
}

TEST_CASE("Both ways to write no limit are understood", "[core]") {
  CHECK_FALSE(cgroup_limit("max\n"));
  CHECK_FALSE(cgroup_limit("9223372036854771712\n"));
  CHECK(cgroup_limit("4096\n") == 4096);
}

TEST_CASE("Own resident memory is what is neither file nor shared", "[core]") {
  const test::TempFolder root;
  root.write("proc/self/statm", "500 30 10 1 0 99 0\n");
  CHECK(HostMemoryReader(root.path()).own_resident() == 20 * 4096);
}

TEST_CASE("Only pages that were touched are there", "[core]") {
  constexpr std::int64_t kSize = 40 * kMiB;  // more than one question to the kernel
  void* pages = ::mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  REQUIRE(pages != MAP_FAILED);
  ::madvise(pages, kSize, MADV_NOHUGEPAGE);
  auto* block = static_cast<char*>(pages);
  CHECK(missing_bytes(block, kSize) == kSize);
  std::memset(block + kMiB, 1, 3 * kMiB);
  std::memset(block + 30 * kMiB, 1, 2 * kMiB);
  CHECK(missing_bytes(block, kSize) == kSize - 5 * kMiB);
  CHECK(missing_bytes(block + kMiB + 100, 1000) == 0);
  CHECK(missing_bytes(block + 5 * kMiB + 100, 1) == ::sysconf(_SC_PAGESIZE));
  ::munmap(pages, kSize);
}

TEST_CASE("This machine's readings are consistent and see touched memory", "[core]") {
  const HostMemoryReader reader;
  const HostMemory memory = reader.read();
  CHECK(memory.total > 0);
  CHECK(memory.available > 0);
  CHECK(memory.available <= memory.total);
  const std::int64_t before = reader.own_resident();
  const std::vector<char> touched(static_cast<std::size_t>(64 * kMiB), 1);
  CHECK(reader.own_resident() - before > 48 * kMiB);
  CHECK(touched.back() == 1);
}

}  // namespace
}  // namespace sr
