#pragma once

#include <cstdint>
#include <vector>

#include "automation/size_json.h"
#include "core/training_size.h"

namespace sr {

/// `size` is at least as large as `other` in both dimensions.
inline bool covers(TrainingSize size, TrainingSize other) {
  return size.lq_size >= other.lq_size && size.batch_size >= other.batch_size;
}

/// What else held memory when something was seen; the observation is worth nothing once this has
/// changed.
struct MemorySituation {
  std::int64_t external = 0;
  std::int64_t total = 0;
};

/// The sizes known not to fit.
///
/// A *genuine* failure blocks its size and every size that covers it; only the smallest such sizes
/// are kept, none of which covers another (an antichain). An *anomaly* (it should have fitted)
/// blocks exactly its own size, until three of about the same number of pixels show that it is no
/// accident. Each entry remembers the situation it was seen in and goes away when that no longer
/// holds.
class FailingFrontier {
 public:
  struct Entry {
    TrainingSize size;
    MemorySituation seen;
  };

  void add_genuine(TrainingSize size, MemorySituation seen);
  /// True when this was the third within 15 % of the same pixels: all of them have become genuine.
  bool add_anomaly(TrainingSize size, MemorySituation seen);
  /// Drops entries seen under another total, or while others held more than `margin` bytes more
  /// than they do now.
  void expire(MemorySituation now, std::int64_t margin);

  bool blocked(TrainingSize size) const;
  const std::vector<Entry>& genuine() const { return genuine_; }
  const std::vector<Entry>& anomalies() const { return anomalies_; }

  Json state() const;
  void restore(const Json& state);

 private:
  std::vector<Entry> genuine_;
  std::vector<Entry> anomalies_;
};

}  // namespace sr
