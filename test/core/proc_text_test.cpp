#include "core/proc_text.h"

#include "support/catch.h"
#include "support/temp_folder.h"

namespace sr {
namespace {

constexpr const char* kVersion1 =
    "9:name=systemd:/\n"
    "5:memory_like,cpuset:/wrong\n"
    "4:cpu,memory:/docker/4f2a\n"
    "0::/\n";

TEST_CASE("A number is read with the blanks before it and nothing else", "[core]") {
  CHECK(leading_number("  24684084 kB") == 24684084);
  CHECK(leading_number("0") == 0);
  CHECK_FALSE(leading_number("max"));
  CHECK_FALSE(leading_number("-1"));
  CHECK_FALSE(leading_number("   "));
  CHECK_FALSE(leading_number(""));
  CHECK_FALSE(leading_number("99999999999999999999"));
}

TEST_CASE("A prefix is looked for at the starts of lines only", "[core]") {
  const char* text = "MemTotal:  100 kB\nXMemFree: 3 kB\nMemFree:   7 kB";
  CHECK(number_after(text, "MemTotal:") == 100);
  CHECK(number_after(text, "MemFree:") == 7);
  CHECK_FALSE(number_after(text, "Free:"));
  CHECK(line_after(text, "MemFree:") == "   7 kB");
  CHECK_FALSE(number_after("", "MemFree:"));
}

TEST_CASE("A process's cgroup is found in both versions", "[core]") {
  CHECK(cgroup_path("0::/user.slice/a.scope\n", "") == "/user.slice/a.scope");
  CHECK(cgroup_path(kVersion1, "memory") == "/docker/4f2a");
  CHECK(cgroup_path(kVersion1, "") == "/");
  CHECK_FALSE(cgroup_path(kVersion1, "mem"));
  CHECK_FALSE(cgroup_path("no colons here", "memory"));
  CHECK_FALSE(cgroup_path("", ""));
}

TEST_CASE("A path may hold colons", "[core]") {
  CHECK(cgroup_path("0::/a:b/c:d\n", "") == "/a:b/c:d");
  CHECK(cgroup_path("2:memory:/a:b\n", "memory") == "/a:b");
}

TEST_CASE("The folders of a cgroup go from the nearest to the top of the mount", "[core]") {
  const test::TempFolder root;
  root.write("proc/self/cgroup", "0::/a/b\n");
  root.write("sys/fs/cgroup/a/b/memory.max", "1");
  const auto mount = root / "sys/fs/cgroup";
  const auto folders = cgroup_folders(root.path(), "");
  REQUIRE(folders.size() == 3);
  CHECK(std::filesystem::equivalent(folders[0], mount / "a/b"));
  CHECK(std::filesystem::equivalent(folders[1], mount / "a"));
  CHECK(std::filesystem::equivalent(folders[2], mount));
}

TEST_CASE("Inside a container only the top of the mount exists", "[core]") {
  const test::TempFolder root;
  root.write("proc/self/cgroup", kVersion1);
  root.write("sys/fs/cgroup/memory/memory.limit_in_bytes", "1");
  const auto folders = cgroup_folders(root.path(), "memory");
  REQUIRE(folders.size() == 1);
  CHECK(std::filesystem::equivalent(folders[0], root / "sys/fs/cgroup/memory"));
}

TEST_CASE("A machine without cgroups has no folders", "[core]") {
  const test::TempFolder root;
  CHECK(cgroup_folders(root.path(), "").empty());
  CHECK(cgroup_folders(root.path(), "memory").empty());
}

}  // namespace
}  // namespace sr
