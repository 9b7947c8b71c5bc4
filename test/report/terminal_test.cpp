#include "report/terminal.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <map>
#include <string>

#include "support/catch.h"

namespace {

sr::Environment environment(std::map<std::string, std::string> values) {
  return [values = std::move(values)](const char* name) {
    const auto found = values.find(name);
    return found == values.end() ? nullptr : found->second.c_str();
  };
}

/// Writes far more than pipes and terminals hold, and returns how long that took.
double seconds_to_write(sr::Terminal& terminal) {
  const std::string line(999, 'x');
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 10'000; ++i) {
    terminal.write(line + '\n');
  }
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::string read_all(int descriptor) {
  std::string text;
  std::array<char, 4096> block{};
  ::fcntl(descriptor, F_SETFL, O_NONBLOCK);
  for (ssize_t count = 1; count > 0;) {
    count = ::read(descriptor, block.data(), block.size());
    text.append(block.data(), static_cast<std::size_t>(std::max<ssize_t>(0, count)));
  }
  return text;
}

}  // namespace

TEST_CASE("without a terminal there is no redrawing and no colour", "[report]") {
  const sr::TerminalTraits traits = sr::terminal_traits(false, environment({{"LANG", "C.UTF-8"}}));
  CHECK_FALSE(traits.live);
  CHECK_FALSE(traits.colour);
  CHECK_FALSE(sr::terminal_traits(true, environment({{"TERM", "dumb"}})).live);
}

TEST_CASE("NO_COLOR takes the colour and leaves the live line", "[report]") {
  CHECK(sr::terminal_traits(true, environment({})).colour);
  CHECK(sr::terminal_traits(true, environment({{"NO_COLOR", ""}})).colour);
  const sr::TerminalTraits traits = sr::terminal_traits(true, environment({{"NO_COLOR", "1"}}));
  CHECK_FALSE(traits.colour);
  CHECK(traits.live);
}

TEST_CASE("block characters need a UTF-8 locale and LC_ALL wins", "[report]") {
  CHECK_FALSE(sr::terminal_traits(true, environment({})).unicode);
  CHECK(sr::terminal_traits(true, environment({{"LANG", "de_DE.UTF-8"}})).unicode);
  CHECK_FALSE(
      sr::terminal_traits(true, environment({{"LANG", "de_DE.UTF-8"}, {"LC_ALL", "C"}})).unicode);
}

TEST_CASE("a pseudo terminal is a terminal with its own width", "[report]") {
  const int master = ::posix_openpt(O_RDWR | O_NOCTTY);
  if (master < 0 || ::grantpt(master) != 0 || ::unlockpt(master) != 0) {
    SR_SKIP("no pseudo terminal here");
  }
  const int slave = ::open(::ptsname(master), O_RDWR | O_NOCTTY);
  REQUIRE(slave >= 0);
  struct winsize size {};
  size.ws_col = 132;
  ::ioctl(slave, TIOCSWINSZ, &size);
  const auto terminal = sr::descriptor_terminal(slave, environment({}));
  CHECK(terminal->traits().live);
  CHECK(terminal->columns() == 132);
  ::close(slave);
  ::close(master);
}

TEST_CASE("a reader that went away does not end the run", "[report]") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const auto terminal = sr::descriptor_terminal(ends[1], environment({}));
  CHECK(terminal->columns() == 80);
  terminal->write("hello");
  char text[6] = {};
  CHECK(::read(ends[0], text, 5) == 5);
  CHECK(std::string(text) == "hello");
  ::close(ends[0]);
  ::signal(SIGPIPE, SIG_IGN);
  CHECK_NOTHROW(terminal->write("nobody listens"));
  ::signal(SIGPIPE, SIG_DFL);
  ::close(ends[1]);
}

TEST_CASE("a pipe whose reader stops reading loses lines and holds nothing up", "[report]") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const auto terminal = sr::descriptor_terminal(ends[1], environment({}));
  CHECK(seconds_to_write(*terminal) < 5);
  CHECK((::fcntl(ends[1], F_GETFL) & O_NONBLOCK) == 0);  // it is shared with other programs
  const std::string before = read_all(ends[0]);
  CHECK(before.size() >= 4096);
  terminal->write("and on\n");
  const std::string after = read_all(ends[0]);
  // What was cut short is ended first.
  CHECK(after == (before.ends_with('\n') ? "and on\n" : "\nand on\n"));
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_CASE("a socket whose reader stops reading holds nothing up", "[report]") {
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
  const auto terminal = sr::descriptor_terminal(ends[1], environment({}));
  CHECK(seconds_to_write(*terminal) < 5);
  CHECK(read_all(ends[0]).size() >= 4096);
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_CASE("a terminal that is stopped or not read holds nothing up", "[report]") {
  const int master = ::posix_openpt(O_RDWR | O_NOCTTY);
  if (master < 0 || ::grantpt(master) != 0 || ::unlockpt(master) != 0) {
    SR_SKIP("no pseudo terminal here");
  }
  const int slave = ::open(::ptsname(master), O_RDWR | O_NOCTTY);
  REQUIRE(slave >= 0);
  const bool stopped = GENERATE(false, true);
  if (stopped) {
    ::tcflow(slave, TCOOFF);  // Ctrl+S
  }
  const auto terminal = sr::descriptor_terminal(slave, environment({}));
  CHECK(seconds_to_write(*terminal) < 5);
  ::close(slave);
  ::close(master);
}

TEST_CASE("a disk that is full for a while loses lines of that time only", "[report]") {
  const int full = ::open("/dev/full", O_WRONLY);
  if (full < 0) {
    SR_SKIP("no /dev/full here");
  }
  const int descriptor = ::dup(full);
  const auto terminal = sr::descriptor_terminal(descriptor, environment({}));
  CHECK_NOTHROW(terminal->write("lost\n"));
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  ::dup2(ends[1], descriptor);
  terminal->write("kept\n");
  CHECK(read_all(ends[0]) == "kept\n");
  for (const int one : {full, descriptor, ends[0], ends[1]}) {
    ::close(one);
  }
}
