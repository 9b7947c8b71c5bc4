#pragma once

#include <cstdint>
#include <vector>

#include "automation/size_json.h"

namespace sr {

/// Means of `length` losses each, the newest `keep` of them: their noise is smaller than a single
/// loss's, and nearly normal and independent, which is what tests for trends ask for.
class LossBlocks {
 public:
  /// Both >= 1.
  LossBlocks(std::int64_t length, std::int64_t keep) : length_(length), keep_(keep) {}

  /// True when a block was completed by this loss.
  bool add(double loss);
  void clear();
  bool full() const { return static_cast<std::int64_t>(means_.size()) == keep_; }
  const std::vector<double>& means() const { return means_; }  ///< oldest first
  std::int64_t length() const { return length_; }

  /// Between blocks too. A state of other lengths is dropped.
  Json state() const;
  void restore(const Json& state);

 private:
  std::int64_t length_;
  std::int64_t keep_;
  std::vector<double> means_;
  double sum_ = 0;  // of the block that is being filled
  std::int64_t count_ = 0;
};

}  // namespace sr
