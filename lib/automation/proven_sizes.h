#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "automation/size_json.h"
#include "core/training_size.h"

namespace sr {

/// The sizes that ran a full window without running out of memory and without an allocator retry:
/// where a rollback goes. Remembers the last `capacity` of them.
class ProvenSizes {
 public:
  struct Entry {
    TrainingSize size;
    std::int64_t external = 0;  ///< bytes others held during its last proven window
  };

  explicit ProvenSizes(std::size_t capacity) : capacity_(capacity) {}

  void add(TrainingSize size, std::int64_t external);
  /// Takes back the sizes for which `no_longer` holds.
  void remove_if(const std::function<bool(TrainingSize)>& no_longer);
  /// What shows that `size` runs: the entry of that size or of one that exceeds it, of several the
  /// one that ran beside the most memory of others. Null when nothing does.
  const Entry* proof_of(TrainingSize size) const;
  /// Of the other proven sizes that exceed `failed` in neither dimension and for which `usable`
  /// holds: the one with the most pixels, of equals the one with the larger lq_size.
  std::optional<TrainingSize> largest_below(TrainingSize failed,
                                            const std::function<bool(TrainingSize)>& usable) const;

  const std::vector<Entry>& entries() const { return entries_; }
  Json state() const;
  void restore(const Json& state);

 private:
  std::size_t capacity_;
  std::vector<Entry> entries_;  // oldest first
};

}  // namespace sr
