#include "report/terminal.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>

namespace sr {
namespace {

constexpr int kUsualColumns = 80;
constexpr int kPatienceMs = 100;

bool is_utf8(std::string_view locale) {
  return locale.find("UTF-8") != std::string_view::npos ||
         locale.find("utf8") != std::string_view::npos ||
         locale.find("UTF8") != std::string_view::npos ||
         locale.find("utf-8") != std::string_view::npos;
}

class DescriptorTerminal : public Terminal {
 public:
  DescriptorTerminal(int descriptor, const Environment& environment)
      : descriptor_(descriptor), traits_(terminal_traits(::isatty(descriptor) == 1, environment)) {}

  TerminalTraits traits() const override { return traits_; }

  int columns() const override {
    struct winsize size {};
    const bool known = ::ioctl(descriptor_, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return known ? size.ws_col : kUsualColumns;
  }

  void write(std::string_view text) override {
    while (!gone_ && !text.empty()) {
      const ssize_t written = ::write(descriptor_, text.data(), text.size());
      if (written >= 0) {
        text.remove_prefix(static_cast<std::size_t>(written));
      } else if (errno == EAGAIN) {
        if (!drained()) {
          return;
        }
      } else if (errno != EINTR) {
        gone_ = true;
      }
    }
  }

 private:
  /// For a terminal that another program made non-blocking: waits a moment, then the text is lost.
  bool drained() const {
    pollfd output{descriptor_, POLLOUT, 0};
    return ::poll(&output, 1, kPatienceMs) > 0;
  }

  int descriptor_;
  TerminalTraits traits_;
  bool gone_ = false;
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
