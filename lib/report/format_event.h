#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "report/event.h"
#include "report/reporter.h"

namespace sr {

enum class Tone { kPlain, kHeading, kGood, kInfo, kCaution, kError };

/// One line for people. Columns: step, label, text; the console colours the label by tone.
struct TextLine {
  std::string step;   ///< right-aligned step counter; empty in a heading or a table
  std::string label;  ///< what it is about: "val", "size", ...; padded
  std::string text;
  Tone tone = Tone::kPlain;
};

/// The line without colour.
std::string plain_text(const TextLine& line);

/// Words for events: the one place where console and log get their lines from. It remembers what a
/// line needs from earlier events (total steps, first validation set), so each reporter owns one.
class EventFormatter {
 public:
  explicit EventFormatter(Verbosity verbosity) : verbosity_(verbosity) {}

  /// The lines to show at this verbosity; none for events that it hides.
  std::vector<TextLine> operator()(const Event& event);

 private:
  using Lines = std::vector<TextLine>;
  Lines lines(const Event& event, const StartEvent& start);
  Lines lines(const Event& event, const ProgressEvent& progress);
  Lines lines(const Event& event, const SizeDecisionEvent& decision) const;
  Lines lines(const Event& event, const RateDecisionEvent& decision) const;
  Lines lines(const Event& event, const ClipDecisionEvent& decision) const;
  Lines lines(const Event& event, const StopDecisionEvent& decision) const;
  Lines lines(const Event& event, const OutOfMemoryEvent& oom) const;
  Lines lines(const Event& event, const ValidationEvent& validation);
  Lines lines(const Event& event, const CheckpointEvent& checkpoint) const;
  Lines lines(const Event& event, const WarningEvent& warning) const;
  Lines lines(const Event&, const ClockEvent&) const { return {}; }
  Lines lines(const Event&, const TickEvent&) const { return {}; }
  Lines lines(const Event& event, const NoticeEvent& notice) const;
  Lines lines(const Event& event, const EndEvent& end) const;

  /// `text` under its step and label; the lines of a longer text stand below each other.
  Lines entry(const Event& event, const char* label, const std::string& text, Tone tone) const;

  Verbosity verbosity_;
  std::int64_t total_iter_ = 0;  ///< 0 = not known
  std::string first_set_;        ///< the validation set that decides "best"
};

}  // namespace sr
