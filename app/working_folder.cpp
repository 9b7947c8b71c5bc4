#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <string_view>

#include "core/error.h"

namespace {

/// LibTorch's library of mathematics looks for its parts while it is loaded. In a working directory
/// that was deleted it ends the process, naming a file that is there.
[[gnu::no_sanitize("address", "undefined")]] void require_working_folder() {
  static std::array<char, PATH_MAX> path;
  // Not getcwd(): a sanitizer's own is not ready yet.
  if (::syscall(SYS_getcwd, path.data(), path.size()) >= 0 || errno != ENOENT) {
    return;
  }
  constexpr std::string_view kText =
      "sr-train: the working directory was deleted: change into one that is there\n";
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, kText.data(), kText.size());
  ::_exit(static_cast<int>(sr::ExitCode::kConfig));
}

/// What stands in this section runs before any library's own start.
[[gnu::section(".preinit_array"),
  gnu::used]] void (*const kBeforeLibraries)() = require_working_folder;

}  // namespace
