#include "report/terminal.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>

namespace sr {
namespace {

constexpr int kUsualColumns = 80;
constexpr int kPatienceMs = 100;
constexpr std::size_t kFitsWhereWritable = 256;  // into what poll() calls writable

bool is_utf8(std::string_view locale) {
  return locale.find("UTF-8") != std::string_view::npos ||
         locale.find("utf8") != std::string_view::npos ||
         locale.find("UTF8") != std::string_view::npos ||
         locale.find("utf-8") != std::string_view::npos;
}

/// A second way to the same pipe or terminal, on which a full one is an error instead of a wait.
/// O_NONBLOCK on the descriptor itself would hold for every program that shares it. -1: there is
/// none, or nobody can stall it.
int open_non_blocking(int descriptor) {
  const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
  return ::open(link.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

enum class Target { kFile, kSocket, kStream };

Target target_of(int descriptor) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) {
    return Target::kFile;
  }
  if (S_ISSOCK(status.st_mode)) {
    return Target::kSocket;
  }
  const bool stream = S_ISFIFO(status.st_mode) || ::isatty(descriptor) == 1;
  return stream ? Target::kStream : Target::kFile;
}

class DescriptorTerminal : public Terminal {
 public:
  DescriptorTerminal(int descriptor, const Environment& environment)
      : descriptor_(descriptor),
        target_(target_of(descriptor)),
        non_blocking_(target_ == Target::kStream ? open_non_blocking(descriptor) : -1),
        traits_(terminal_traits(::isatty(descriptor) == 1, environment)) {}
  ~DescriptorTerminal() override {
    if (non_blocking_ >= 0) {
      ::close(non_blocking_);
    }
  }
  DescriptorTerminal(const DescriptorTerminal&) = delete;
  DescriptorTerminal& operator=(const DescriptorTerminal&) = delete;

  TerminalTraits traits() const override { return traits_; }

  int columns() const override {
    struct winsize size {};
    const bool known = ::ioctl(descriptor_, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return known ? size.ws_col : kUsualColumns;
  }

  void write(std::string_view text) override {
    // A line of which a part was lost is ended before the next one.
    torn_ = torn_ && put("\n") == 0;
    if (!torn_) {
      const std::size_t taken = put(text);
      torn_ = taken > 0 && taken < text.size();
    }
  }

 private:
  /// Returns how many bytes were taken before the reader was given up.
  std::size_t put(std::string_view text) {
    std::size_t taken = 0;
    while (!gone_ && taken < text.size()) {
      const ssize_t written = write_some(text.substr(taken));
      if (written >= 0) {
        taken += static_cast<std::size_t>(written);
        stalled_ = false;
      } else if (errno == EAGAIN) {
        // Once its patience was tried, a reader is not waited for again until it reads.
        stalled_ = stalled_ || !writable_within(kPatienceMs);
        if (stalled_) {
          break;
        }
      } else if (errno == ENOSPC || errno == EDQUOT || errno == EFBIG) {
        break;  // the disk may have room for a later line
      } else if (errno != EINTR) {
        gone_ = true;
      }
    }
    return taken;
  }

  /// As write(), but EAGAIN where it would wait.
  ssize_t write_some(std::string_view text) const {
    if (non_blocking_ >= 0) {
      return ::write(non_blocking_, text.data(), text.size());
    }
    if (target_ == Target::kSocket) {
      return ::send(descriptor_, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    }
    if (target_ == Target::kStream) {
      if (!writable_within(0)) {
        errno = EAGAIN;
        return -1;
      }
      text = text.substr(0, kFitsWhereWritable);
    }
    return ::write(descriptor_, text.data(), text.size());
  }

  bool writable_within(int milliseconds) const {
    pollfd output{descriptor_, POLLOUT, 0};
    return ::poll(&output, 1, milliseconds) > 0;
  }

  int descriptor_;
  Target target_;
  int non_blocking_;
  TerminalTraits traits_;
  bool gone_ = false;
  bool stalled_ = false;  ///< the reader did not read for kPatienceMs
  bool torn_ = false;     ///< the last line lacks its end
};

}  // namespace

TerminalTraits terminal_traits(bool is_terminal, const Environment& environment) {
  const auto value = [&](const char* name) {
    const char* text = environment(name);
    return std::string_view(text == nullptr ? "" : text);
  };
  if (!is_terminal || value("TERM") == "dumb") {
    return {};
  }
  std::string_view locale;
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {  // the order of POSIX
    locale = locale.empty() ? value(name) : locale;
  }
  return {.live = true, .colour = value("NO_COLOR").empty(), .unicode = is_utf8(locale)};
}

std::unique_ptr<Terminal> descriptor_terminal(int descriptor, const Environment& environment) {
  return std::make_unique<DescriptorTerminal>(descriptor, environment);
}

std::unique_ptr<Terminal> console_terminal() {
  return descriptor_terminal(
      STDOUT_FILENO, [](const char* name) { return static_cast<const char*>(std::getenv(name)); });
}

}  // namespace sr
