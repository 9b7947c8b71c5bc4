#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "report/reporter.h"
#include "report/terminal.h"

namespace sr {

/// Tells how far a count has come while there is no run yet to report: "checking files
/// 3,000/10,000". On a terminal that is one line, redrawn and erased at the end; elsewhere a plain
/// line every few seconds. Nothing for what is done in a moment, and nothing when quiet. For one
/// thread at a time.
class CounterLine {
 public:
  /// Seconds of a clock that is never set back.
  using Clock = std::function<double()>;

  /// kRate: "upscaling 30/100, 2.41/s, eta 0:00:29".
  enum class Detail { kCount, kRate };

  CounterLine(std::string what, Verbosity verbosity, Detail detail = Detail::kCount);
  CounterLine(std::string what, Verbosity verbosity, std::unique_ptr<Terminal> terminal,
              Clock clock, Detail detail = Detail::kCount);
  /// An error that ends the work finds the line erased.
  ~CounterLine();
  CounterLine(const CounterLine&) = delete;
  CounterLine& operator=(const CounterLine&) = delete;

  /// done == total ends the count; the next call begins another.
  void operator()(std::size_t done, std::size_t total);

 private:
  void erase();
  std::string text(std::size_t done, std::size_t total, double now) const;

  std::string what_;
  bool quiet_;
  std::unique_ptr<Terminal> terminal_;
  bool live_;
  Clock clock_;
  Detail detail_;
  bool counting_ = false;
  double started_s_ = 0;          ///< when the count was first told
  std::size_t started_done_ = 0;  ///< and how far it was
  double next_s_ = 0;             ///< when to show the count again
  bool shown_ = false;            ///< a live line stands on the terminal
};

}  // namespace sr
