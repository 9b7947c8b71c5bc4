#include "core/path_status.h"

#include <unistd.h>

#include <string>

#include "core/error.h"
#include "support/catch.h"
#include "support/temp_folder.h"

namespace fs = std::filesystem;
using sr::test::TempFolder;

TEST_CASE("what cannot be looked at is not there, and the reason is told", "[core]") {
  const TempFolder folder;
  fs::create_symlink("loop", folder / "loop");
  const fs::path long_name = folder / std::string(300, 'n');
  for (const fs::path& path : {folder / "loop", folder / "loop/a", long_name, folder / "none"}) {
    CHECK_FALSE(sr::is_there(path));
    CHECK_FALSE(sr::is_folder(path));
    CHECK(sr::real_path(path).is_absolute());
  }
  CHECK(sr::not_there(folder / "none").ends_with("none: no such file or folder"));
  CHECK(sr::not_there(folder / "loop").find("loop: Too many levels") != std::string::npos);
  CHECK(sr::not_there(long_name).ends_with("File name too long"));
  CHECK(sr::is_folder(folder.path()));
  CHECK(sr::is_there(folder.write("a", "")));
}

TEST_CASE("file systems that the kernel makes up are known", "[core]") {
  const TempFolder folder;
  CHECK(sr::is_made_up("/proc"));
  CHECK(sr::is_made_up("/proc/self/task"));
  CHECK_FALSE(sr::is_made_up("/proc/self/root"));
  CHECK_FALSE(sr::is_made_up(folder.path()));
  CHECK_FALSE(sr::is_made_up(folder / "none"));
}

TEST_CASE("a file that cannot be looked at is not taken for a missing one where that matters",
          "[core]") {
  const TempFolder folder;
  fs::create_symlink("loop", folder / "loop");
  CHECK(sr::is_surely_there(folder.write("a", "")));
  CHECK_FALSE(sr::is_surely_there(folder / "none"));
  CHECK_THROWS_AS(sr::is_surely_there(folder / "loop"), sr::StorageError);
}

TEST_CASE("paths are compared without dots, slashes at the end and links", "[core]") {
  const TempFolder folder;
  fs::create_directories(folder / "a/b");
  fs::create_symlink("a", folder / "link");
  const fs::path a = sr::real_path(folder / "a/");
  CHECK(sr::real_path(folder / "link/./b/..") == a);
  CHECK(sr::normal_path(folder / "link/./b/../") == folder / "link");
  CHECK(sr::is_within(sr::real_path(folder / "link/b/new/one"), a));
  CHECK(sr::is_within(a, a));
  CHECK_FALSE(sr::is_within(sr::real_path(folder / "ab"), a));
}

TEST_CASE("a working directory that is gone leaves paths as they are", "[core]") {
  const fs::path before = fs::current_path();
  {
    const TempFolder folder;
    fs::current_path(folder.path());
  }
  CHECK(sr::absolute_path("a/b") == "a/b");
  CHECK(sr::normal_path("a/../b") == "b");
  CHECK(sr::real_path("a/") == "a");
  fs::current_path(before);
}
