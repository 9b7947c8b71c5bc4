#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

namespace sr {

/// Named numbers of a step, added up on the device while it is computed and averaged over the steps
/// that were committed; the host waits for the device only when it asks.
class MeanValues {
 public:
  MeanValues(std::vector<std::string> names, at::Device device);

  /// Forgets what the running attempt added.
  void begin();
  /// Adds a 0-dim tensor to value `index` of the running attempt.
  void add(std::size_t index, const at::Tensor& value);
  /// Takes the attempt's values into the means, unless found_inf (float32 0-dim) is 1. Allocates
  /// nothing.
  void commit(const at::Tensor& found_inf);
  /// What the running attempt added, float32 [names]; to be a sum over several processes before
  /// commit().
  const at::Tensor& now() const { return now_; }
  /// Means over the steps committed since the last call, in the order of the names; nothing when
  /// there were none. Synchronizes.
  std::vector<std::pair<std::string, double>> take();

 private:
  std::vector<std::string> names_;
  at::Tensor now_, sums_;              // [names]
  std::vector<at::Tensor> now_views_;  // 0-dim, of now_
  at::Tensor count_, counted_, one_;   // float32 0-dim
};

}  // namespace sr
