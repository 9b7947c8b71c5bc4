#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "report/event.h"

namespace sr {

/// Reads events and shows or stores them. Implementations may throw StorageError.
class Reporter {
 public:
  virtual ~Reporter() = default;
  virtual void on(const Event& event) = 0;
};

enum class Verbosity { kQuiet, kNormal, kVerbose };

/// Console: a live progress line on a terminal, plain lines otherwise; no colour with NO_COLOR (not
/// empty) or without a terminal. quiet shows warnings, errors and the closing table only; verbose
/// adds decisions that keep the sizes and sizes of checkpoints. A terminal that goes away never
/// ends a run: output stops, no exception.
std::unique_ptr<Reporter> make_console_reporter(Verbosity verbosity);
/// <folder>/train.log: all that a verbose console shows, with local times, no control characters;
/// appended on resume. The folder is created. Throws StorageError, here and in on().
std::unique_ptr<Reporter> make_log_reporter(const std::filesystem::path& folder);
/// <folder>/events.jsonl: one JSON object a line, append-only, each line written with one write().
/// A line that a crash left torn is ended first, so that it spoils no other. After a resume the
/// outcome of a validation that the file has already (its scores, what automations made of them) is
/// not written again. Throws StorageError, here and in on().
std::unique_ptr<Reporter> make_jsonl_reporter(const std::filesystem::path& folder);
/// <folder>/tb_logger/: scalars and validation images as TensorBoard event files, one a process.
/// After a resume TensorBoard drops the points beyond the state that the run went on from. Throws
/// StorageError, here and in on().
std::unique_ptr<Reporter> make_tensorboard_reporter(const std::filesystem::path& folder);

/// The loop's one outlet: stamps an event with step and time and hands it to every reporter. One
/// that throws ends no run: it misses that event, the others are told by a warning, and again only
/// after it has worked in between. For one thread.
class Report {
 public:
  using Clock = std::chrono::steady_clock;
  /// `start`: of the process, from which events count their elapsed_s.
  explicit Report(Clock::time_point start = Clock::now()) : start_(start) {}
  void add(std::unique_ptr<Reporter> reporter);
  /// Never throws but for memory.
  void operator()(std::int64_t step, EventData data);

 private:
  struct Outlet {
    std::unique_ptr<Reporter> reporter;
    bool failing = false;  ///< its last event was lost
  };
  /// Returns what has begun to go wrong.
  std::vector<std::string> hand_out(const Event& event);

  std::vector<Outlet> outlets_;
  Clock::time_point start_;
};

}  // namespace sr
