#pragma once

#include <cstdint>
#include <optional>

#include "automation/size_json.h"
#include "core/training_size.h"

namespace sr {

/// How far the memory model may be trusted, judged by what became of its predictions.
///
/// * growth cap: by which factor P may grow in one go. 1.6 before any prediction was tested, 4 once
///   one was confirmed, 8 after two in a row, 1.25 after a miss until one is confirmed again.
/// * reserve: room kept above every prediction, a share of total. 2 % at first, raised to the
///   largest under-prediction (at most 6 %), shrinking while it is all that stands between the run
///   and the band.
class Confidence {
 public:
  double growth_cap() const;
  double reserve() const { return reserve_; }

  /// The next window at `size` is predicted to peak at `peak` bytes.
  void expect(TrainingSize size, std::int64_t peak);
  /// A window at `size` peaked at `peak` bytes.
  void measured(TrainingSize size, std::int64_t peak, std::int64_t total);
  /// A step at `size` ran out of memory when it needed at least `seen` bytes.
  void failed(TrainingSize size, std::int64_t seen, std::int64_t total);
  /// The attempt to reach the expected size is over for reasons that say nothing about the model.
  void drop_expectation() { expected_.reset(); }

  /// A window below the band in which no size was legal.
  void idle();
  bool reserve_at_floor() const;

  Json state() const;
  void restore(const Json& state);

 private:
  enum class Verdict { kUntested, kConfirmed, kConfirmedTwice, kMissed };
  struct Expectation {
    TrainingSize size;
    std::int64_t peak = 0;
  };
  void raise_reserve(double under_prediction);

  Verdict verdict_ = Verdict::kUntested;
  double reserve_ = 0.02;
  std::optional<Expectation> expected_;
};

}  // namespace sr
