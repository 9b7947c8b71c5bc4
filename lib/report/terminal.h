#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "report/reporter.h"

namespace sr {

/// What the console may do where its text goes.
struct TerminalTraits {
  bool live = false;  ///< a line can be redrawn
  bool colour = false;
  bool unicode = false;  ///< block characters can be shown
};

/// Where the console writes. Tests give their own.
class Terminal {
 public:
  virtual ~Terminal() = default;
  virtual TerminalTraits traits() const = 0;
  virtual int columns() const = 0;
  /// Never throws and never waits long: a terminal that went away, or whose reader stopped reading,
  /// must not end or hold up a run. What cannot be written in a moment is lost.
  virtual void write(std::string_view text) = 0;
};

/// Value of an environment variable, null when it is not set.
using Environment = std::function<const char*(const char*)>;

/// Rules: nothing without a terminal or with TERM=dumb; no colour when NO_COLOR is set and not
/// empty (no-color.org); block characters when the locale is UTF-8.
TerminalTraits terminal_traits(bool is_terminal, const Environment& environment);

/// An open file descriptor, which stays the caller's.
std::unique_ptr<Terminal> descriptor_terminal(int descriptor, const Environment& environment);
/// The standard output of this process, by its environment.
std::unique_ptr<Terminal> console_terminal();

std::unique_ptr<Reporter> make_console_reporter(Verbosity verbosity,
                                                std::unique_ptr<Terminal> terminal);

}  // namespace sr
