#include "report/counter_line.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "report/text.h"

namespace sr {
namespace {

// A line that comes and goes at once would only flicker.
constexpr double kLiveFirst = 0.3;
constexpr double kLiveAgain = 0.1;
constexpr double kPlainEvery = 5;
constexpr const char* kEraseLine = "\r\x1b[K";

double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

CounterLine::CounterLine(std::string what, Verbosity verbosity)
    : CounterLine(std::move(what), verbosity, console_terminal(), steady_seconds) {}

CounterLine::CounterLine(std::string what, Verbosity verbosity, std::unique_ptr<Terminal> terminal,
                         Clock clock)
    : what_(std::move(what)),
      quiet_(verbosity == Verbosity::kQuiet),
      terminal_(std::move(terminal)),
      live_(terminal_->traits().live),
      clock_(std::move(clock)) {}

CounterLine::~CounterLine() {
  erase();
}

void CounterLine::operator()(std::size_t done, std::size_t total) {
  if (quiet_) {
    return;
  }
  if (done >= total) {
    erase();
    counting_ = false;
    return;
  }
  const double now = clock_();
  if (!std::exchange(counting_, true)) {
    next_s_ = now + (live_ ? kLiveFirst : kPlainEvery);
  }
  if (now < next_s_) {
    return;
  }
  next_s_ = now + (live_ ? kLiveAgain : kPlainEvery);
  const std::string text = fmt::format("{} {}/{}", what_, grouped(static_cast<std::int64_t>(done)),
                                       grouped(static_cast<std::int64_t>(total)));
  if (!live_) {
    terminal_->write(text + "\n");
  } else if (static_cast<int>(text.size()) < terminal_->columns()) {  // else it could not be erased
    terminal_->write(kEraseLine + text);
    shown_ = true;
  }
}

void CounterLine::erase() {
  if (std::exchange(shown_, false)) {
    terminal_->write(kEraseLine);
  }
}

}  // namespace sr
