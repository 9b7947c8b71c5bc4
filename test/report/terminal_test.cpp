#include "report/terminal.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

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
