#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "automation/size_controller_settings.h"
#include "core/training_size.h"

namespace sr {

/// Every bound on a training size, in one place: whoever proposes a size gets it from here, so that
/// a size outside the bounds cannot come about.
///
/// Legal are all batch sizes in [min_batch_size, max_batch_size], and as lq_size the multiples of
/// lq_multiple in [min_lq_size, max_lq_size] up to the data's limit, and the configured lq_size
/// whatever it is; of these pairs, those of at most most_pixels().
class SizeLimits {
 public:
  /// Throws ConfigError when the bounds contradict each other or exclude the configured size.
  explicit SizeLimits(const SizeControllerSettings& settings);

  /// The pair if it is legal.
  std::optional<TrainingSize> make(int lq_size, int batch_size) const;
  /// The largest legal pair that exceeds `wanted` in neither dimension, whatever its pixels; a
  /// dimension below its minimum becomes that.
  TrainingSize at_most(TrainingSize wanted) const;

  TrainingSize configured() const { return configured_; }
  TrainingSize minimum() const { return {lq_sizes_.front(), min_batch_}; }
  TrainingSize maximum() const { return {lq_sizes_.back(), max_batch_}; }
  /// Ascending, never empty.
  const std::vector<int>& lq_sizes() const { return lq_sizes_; }
  /// The next larger lq_size; nothing at the maximum.
  std::optional<int> lq_above(int lq_size) const;
  /// The largest lq_size is given by the data, not by max_lq_size.
  bool limited_by_data() const { return limited_by_data_; }

  static constexpr std::int64_t kAnyPixels = std::numeric_limits<std::int64_t>::max();
  /// LQ pixels of a whole batch that the libraries are known to manage.
  std::int64_t most_pixels() const { return most_pixels_; }
  void set_most_pixels(std::int64_t pixels) { most_pixels_ = pixels; }

 private:
  std::vector<int> lq_sizes_;
  int min_batch_;
  int max_batch_;
  TrainingSize configured_;
  bool limited_by_data_ = false;
  std::int64_t most_pixels_ = kAnyPixels;
};

}  // namespace sr
