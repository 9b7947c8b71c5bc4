#pragma once

#include <cstdint>
#include <string>

#include <ATen/core/Tensor.h>

#include "export/graph.h"
#include "export/trace_network.h"
#include "nn/network.h"

namespace sr {

/// Compares what graphs give with what a network gives for a test image, whose sides are odd but
/// for a multiple that they must have, or as --shape says.
class Verification {
 public:
  /// The network's values are in double precision.
  Verification(const Network& network, std::int64_t channels, const TraceOptions& options,
               std::int64_t size_multiple);

  /// Root mean square of the difference over the range of the network's output (at least 1).
  /// Throws ConfigError, with `precision` in words, where it is more than tolerance(type) or not
  /// finite.
  double difference(const Graph& graph, const std::string& precision, at::ScalarType type) const;

  /// For weights of that type: what rounding them and all that is computed makes of it.
  static double tolerance(at::ScalarType type);

 private:
  at::Tensor image_, expected_;
};

}  // namespace sr
