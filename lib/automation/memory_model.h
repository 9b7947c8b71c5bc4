#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "automation/size_json.h"
#include "core/training_size.h"

namespace sr {

/// How much memory a step of a given size will take, from the sizes measured so far:
///
///     peak(P) = fixed + activations(P),   P = batch_size * lq_size^2
///
/// What is allocated between steps (weights, gradients, moments, EMA) is known exactly and is part
/// of `fixed`. So after a single measurement at P0 the slope is bounded, s1 = (peak(P0) -
/// between_steps) / P0, and peak(P) <= peak(P0) + s1 * (P - P0) holds for every P > P0 if the curve
/// is affine or concave: a constant workspace that hides in s1 only makes the prediction too large.
/// A convex curve is seen by its secants, which replace s1 where they are steeper.
///
/// Points hold activations, peak minus what was allocated between steps then; a prediction adds
/// what is allocated between steps now. One point a size: the largest recent peak, which decays to
/// what later windows show.
class MemoryModel {
 public:
  /// Remembers the `capacity` sizes measured last (at least 2).
  explicit MemoryModel(std::size_t capacity);

  /// A full window at `size` had this peak. `between_steps` = bytes allocated between steps.
  void observe(TrainingSize size, std::int64_t peak, std::int64_t between_steps);
  /// A step at `size` needed at least `seen` bytes and did not get them.
  void observe_failure(TrainingSize size, std::int64_t seen, std::int64_t between_steps);
  /// What was measured at `size` is not representative: it takes part in no prediction any more.
  void forget(TrainingSize size);
  /// What is allocated between steps now, when it is known before the next window ends.
  void set_between_steps(std::int64_t bytes) { between_steps_ = bytes; }

  bool measured(TrainingSize size) const;
  /// Expected peak, bytes: the measurement itself; on a straight line between two measured sizes (a
  /// curve that rises stays below the larger of them); beyond the largest an upper bound. Nothing
  /// before the first measurement.
  std::optional<std::int64_t> predict(TrainingSize size) const;

  std::int64_t between_steps() const { return between_steps_; }
  /// Slope that predictions beyond the largest measured size use, bytes per LQ pixel; 0 before the
  /// first measurement.
  double bytes_per_lq_pixel() const;

  Json state() const;
  void restore(const Json& state);

 private:
  struct Point {
    TrainingSize size;
    double activations = 0;  // bytes
    std::int64_t age = 0;    // value of the clock when last measured
    double pixels() const { return static_cast<double>(size.pixels()); }
  };
  static std::vector<Point> points_from_json(const Json& list);
  static Json points_to_json(const std::vector<Point>& points);

  double slope_above(const Point& point) const;
  double slope_below(const Point& point) const;
  double activations(TrainingSize size) const;

  std::size_t capacity_;
  std::vector<Point> points_;    // ascending in pixels, then size
  std::vector<Point> failures_;  // lower bounds of what these sizes need; oldest first
  std::int64_t between_steps_ = 0;
  std::int64_t clock_ = 0;  // observations so far
};

}  // namespace sr
