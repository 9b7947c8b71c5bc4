#include <cmath>
#include <string>

#include "report/format_event.h"
#include "report/live_line.h"
#include "report/terminal.h"

namespace sr {
namespace {

constexpr double kRedrawSeconds = 0.1;
constexpr const char* kEraseLine = "\r\x1b[K";
constexpr const char* kReset = "\x1b[0m";
constexpr const char* kFaint = "\x1b[2m";

const char* colour_of(Tone tone) {
  switch (tone) {
    case Tone::kHeading:
      return "\x1b[1m";
    case Tone::kGood:
      return "\x1b[32m";
    case Tone::kInfo:
      return "\x1b[36m";
    case Tone::kCaution:
      return "\x1b[33m";
    case Tone::kError:
      return "\x1b[31m";
    case Tone::kPlain:
      break;
  }
  return "";
}

/// Step counter faint, the rest of the line in the colour of its tone.
std::string coloured(const TextLine& line) {
  const std::string plain = plain_text(line);
  const std::string step = plain.substr(0, line.step.size());
  const std::string colour = colour_of(line.tone);
  const std::string rest = plain.substr(line.step.size());
  return (step.empty() ? "" : kFaint + step + kReset) +
         (colour.empty() ? rest : colour + rest + kReset);
}

class ConsoleReporter : public Reporter {
 public:
  ConsoleReporter(Verbosity verbosity, std::unique_ptr<Terminal> terminal)
      : terminal_(std::move(terminal)),
        traits_(terminal_->traits()),
        live_allowed_(traits_.live && verbosity != Verbosity::kQuiet),
        format_(verbosity) {}

  /// An error that ends the program finds the cursor at the start of a line.
  ~ConsoleReporter() override {
    if (live_shown_) {
      terminal_->write("\n");
    }
  }
  ConsoleReporter(const ConsoleReporter&) = delete;
  ConsoleReporter& operator=(const ConsoleReporter&) = delete;

  void on(const Event& event) override {
    const auto* tick = std::get_if<TickEvent>(&event.data);
    const auto* progress = std::get_if<ProgressEvent>(&event.data);
    if (live_allowed_ && tick != nullptr) {
      update(event, *tick);
    } else if (live_allowed_ && progress != nullptr) {
      update(event, *progress);
    } else {
      show(event);
    }
  }

 private:
  void update(const Event& event, const TickEvent& tick) {
    state_.step = event.step;
    state_.total_iter = tick.total_iter;
    state_.share = tick.share;
    state_.size = tick.size;
    state_.lr = tick.lr;
    if (!live_shown_ || event.elapsed_s - drawn_s_ >= kRedrawSeconds) {
      redraw(event);
    }
  }

  void update(const Event& event, const ProgressEvent& progress) {
    state_ = {.step = event.step,
              .total_iter = progress.total_iter,
              .share = progress.share,
              .eta_s = 0,
              .size = progress.size,
              .lr = progress.lr,
              .step_ms = progress.step_ms,
              .memory_usage = progress.memory_usage,
              .losses = progress.losses};
    done_at_s_ = event.elapsed_s + progress.eta_s;
    redraw(event);
  }

  void redraw(const Event& event) {
    drawn_s_ = event.elapsed_s;
    state_.eta_s = std::fmax(0, done_at_s_ - event.elapsed_s);
    live_shown_ = true;
    terminal_->write(kEraseLine + live_text());
  }

  /// Permanent lines above the live one.
  void show(const Event& event) {
    std::string text;
    for (const TextLine& line : format_(event)) {
      text += (traits_.colour ? coloured(line) : plain_text(line)) + "\n";
    }
    if (text.empty()) {
      return;
    }
    if (live_shown_) {
      text = kEraseLine + text;
    }
    live_shown_ = live_shown_ && !std::holds_alternative<EndEvent>(event.data);
    terminal_->write(live_shown_ ? text + live_text() : text);
  }

  std::string live_text() const {
    return live_line(
        state_,
        {.columns = terminal_->columns(), .unicode = traits_.unicode, .colour = traits_.colour});
  }

  std::unique_ptr<Terminal> terminal_;
  TerminalTraits traits_;
  bool live_allowed_;
  EventFormatter format_;
  LiveState state_;
  double drawn_s_ = 0;  ///< elapsed_s of the last redraw
  double done_at_s_ =
      0;  ///< elapsed_s at which the run should be done, as of the last progress event
  bool live_shown_ = false;
};

}  // namespace

std::unique_ptr<Reporter> make_console_reporter(Verbosity verbosity,
                                                std::unique_ptr<Terminal> terminal) {
  return std::make_unique<ConsoleReporter>(verbosity, std::move(terminal));
}

std::unique_ptr<Reporter> make_console_reporter(Verbosity verbosity) {
  return make_console_reporter(verbosity, console_terminal());
}

}  // namespace sr
