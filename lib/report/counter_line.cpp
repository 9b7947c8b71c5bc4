#include "report/counter_line.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "core/units.h"
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

CounterLine::CounterLine(std::string what, Verbosity verbosity, Detail detail)
    : CounterLine(std::move(what), verbosity, console_terminal(), steady_seconds, detail) {}

CounterLine::CounterLine(std::string what, Verbosity verbosity, std::unique_ptr<Terminal> terminal,
                         Clock clock, Detail detail)
    : what_(std::move(what)),
      quiet_(verbosity == Verbosity::kQuiet),
      terminal_(std::move(terminal)),
      live_(terminal_->traits().live),
      clock_(std::move(clock)),
      detail_(detail) {}

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
    started_s_ = now;
    started_done_ = done;
  }
  if (now < next_s_) {
    return;
  }
  next_s_ = now + (live_ ? kLiveAgain : kPlainEvery);
  const std::string line = text(done, total, now);
  if (!live_) {
    terminal_->write(line + "\n");
  } else if (static_cast<int>(line.size()) < terminal_->columns()) {  // else it could not be erased
    terminal_->write(kEraseLine + line);
    shown_ = true;
  }
}

std::string CounterLine::text(std::size_t done, std::size_t total, double now) const {
  const std::string count = fmt::format("{} {}/{}", what_, grouped(static_cast<std::int64_t>(done)),
                                        grouped(static_cast<std::int64_t>(total)));
  const double rate = static_cast<double>(done - started_done_) / (now - started_s_);
  if (detail_ == Detail::kCount || !(rate > 0)) {
    return count;
  }
  return fmt::format("{}, {:.2f}/s, eta {}", count, rate,
                     format_duration(static_cast<double>(total - done) / rate));
}

void CounterLine::erase() {
  if (std::exchange(shown_, false)) {
    terminal_->write(kEraseLine);
  }
}

}  // namespace sr
