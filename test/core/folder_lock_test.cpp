#include "core/folder_lock.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <optional>

#include "core/error.h"
#include "support/catch.h"
#include "support/temp_folder.h"
#include "support/thrown.h"

using sr::FolderLock;
using sr::test::TempFolder;

namespace {

std::string refusal(const std::filesystem::path& folder) {
  return sr::test::message_of<sr::StorageError>([&] { const FolderLock second(folder); });
}

}  // namespace

TEST_CASE("a locked folder is refused with its holder", "[core]") {
  const TempFolder folder;
  const FolderLock lock(folder.path());
  CHECK(lock.exclusive());
  const std::string text = refusal(folder.path());
  CHECK(text.starts_with(folder.path().string() + ": in use by process " +
                         std::to_string(::getpid()) + " on "));
}

TEST_CASE("a lock that ends leaves no file and the folder free", "[core]") {
  const TempFolder folder;
  { const FolderLock lock(folder.path()); }
  CHECK(std::filesystem::is_empty(folder.path()));
  CHECK(refusal(folder.path()).empty());
}

TEST_CASE("a lock file that was left over means nothing", "[core]") {
  const TempFolder folder;
  folder.write(".lock",
               "process 1 on elsewhere since long ago, a longer text than the new one will be\n");
  const FolderLock lock(folder.path());
  const std::string text = sr::test::read_text(folder / ".lock");
  CHECK(text.find("process " + std::to_string(::getpid())) == 0);
  CHECK(text.find("elsewhere") == std::string::npos);
}

TEST_CASE("a killed process leaves its folder free", "[core]") {
  const TempFolder folder;
  int ready[2];
  REQUIRE(::pipe(ready) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const FolderLock lock(folder.path());
    [[maybe_unused]] const ssize_t told = ::write(ready[1], "x", 1);
    for (;;) {
      ::pause();
    }
  }
  char byte = 0;
  REQUIRE(::read(ready[0], &byte, 1) == 1);
  CHECK(refusal(folder.path()).find("in use by process " + std::to_string(child)) !=
        std::string::npos);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  ::close(ready[0]);
  ::close(ready[1]);
  CHECK(std::filesystem::exists(folder / ".lock"));
  CHECK(refusal(folder.path()).empty());
}

TEST_CASE("a moved lock keeps its hold and gives it up once", "[core]") {
  const TempFolder folder;
  std::optional<FolderLock> first(std::in_place, folder.path());
  FolderLock second(std::move(*first));
  first.reset();
  CHECK_FALSE(refusal(folder.path()).empty());
  std::filesystem::create_directory(folder / "other");
  second = FolderLock(folder / "other");
  CHECK(refusal(folder.path()).empty());
  CHECK_FALSE(refusal(folder / "other").empty());
}

TEST_CASE("a lock whose file was replaced leaves the new file alone", "[core]") {
  const TempFolder folder;
  {
    const FolderLock lock(folder.path());
    std::filesystem::remove(folder / ".lock");
    folder.write(".lock", "of another run");
  }
  CHECK(sr::test::read_text(folder / ".lock") == "of another run");
}

TEST_CASE("a folder that cannot be locked is named", "[core]") {
  CHECK(refusal("/proc/self").find("/proc/self") != std::string::npos);
  const TempFolder folder;
  CHECK(refusal(folder / "none").find("none: No such file") != std::string::npos);
}

TEST_CASE("a link or a pipe in the lock's place is named and nothing written through", "[core]") {
  const TempFolder folder;
  folder.write("victim", "untouched");
  std::filesystem::create_symlink("victim", folder / ".lock");
  CHECK(refusal(folder.path()).find(".lock: is no regular file") != std::string::npos);
  CHECK(sr::test::read_text(folder / "victim") == "untouched");
  std::filesystem::remove(folder / ".lock");
  REQUIRE(::mkfifo((folder / ".lock").c_str(), 0600) == 0);
  CHECK(refusal(folder.path()).find(".lock: is no regular file") != std::string::npos);
}
