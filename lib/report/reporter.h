#pragma once

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

/// Console: a live progress line on a terminal, plain lines otherwise; no colour with NO_COLOR or without a terminal.
/// quiet shows warnings, errors and the closing table only.
std::unique_ptr<Reporter> make_console_reporter(Verbosity verbosity);
/// <folder>/train.log: console lines with times, no control characters; appended on resume.
std::unique_ptr<Reporter> make_log_reporter(const std::filesystem::path& folder);
/// <folder>/events.jsonl: one JSON object a line, append-only, each line written with one write().
std::unique_ptr<Reporter> make_jsonl_reporter(const std::filesystem::path& folder);
/// <folder>/tb_logger/: scalars and validation images as TensorBoard event files.
std::unique_ptr<Reporter> make_tensorboard_reporter(const std::filesystem::path& folder);

/// The loop's one outlet: stamps an event with step and time and hands it to every reporter.
class Report {
 public:
  explicit Report(std::vector<std::unique_ptr<Reporter>> reporters);
  void add(std::unique_ptr<Reporter> reporter);
  void operator()(std::int64_t step, EventData data);
  double elapsed_s() const;

 private:
  std::vector<std::unique_ptr<Reporter>> reporters_;
  double start_s_;
};

}  // namespace sr
