#include "say.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <string>

#include "core/error.h"
#include "core/printable_text.h"
#include "report/terminal.h"

namespace sr::app {
namespace {

/// "standard output", with the file that it is.
std::string standard_output() {
  std::error_code error;
  const auto file = std::filesystem::read_symlink("/proc/self/fd/1", error);
  return error ? "standard output" : "standard output, " + printable_line(file.string());
}

}  // namespace

void say_text(std::string_view text) {
  const std::string clean = printable(text);
  std::fwrite(clean.data(), 1, clean.size(), stdout);
}

void deliver_text(std::string_view text) {
  const std::string clean = printable(text);
  const bool written = std::fwrite(clean.data(), 1, clean.size(), stdout) == clean.size() &&
                       std::fflush(stdout) == 0;
  if (!written && errno != EPIPE) {
    throw StorageError(errno_message("cannot write", standard_output(), errno));
  }
}

void say_error(std::string_view text) {
  std::fflush(stdout);
  const Environment none = [](const char*) -> const char* { return nullptr; };
  descriptor_terminal(STDERR_FILENO, none)->write(printable(text));
}

}  // namespace sr::app
