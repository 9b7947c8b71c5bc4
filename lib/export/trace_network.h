#pragma once

#include <cstdint>
#include <optional>

#include "export/graph.h"
#include "export/size_term.h"
#include "nn/network.h"

namespace sr {

/// H and W of images.
struct ImageShape {
  std::int64_t height = 0;
  std::int64_t width = 0;
};

/// An image in [0, 1] in double precision that looks like noise, by a formula: the same everywhere.
at::Tensor test_image(const ImageSize& size, std::int64_t channels);

struct TraceOptions {
  int opset = 17;
  std::int64_t batch = 0;             ///< 0 = free
  std::optional<ImageShape> shape{};  ///< nothing = free
};

struct TracedNetwork {
  Graph graph;  ///< of kDouble values; with metadata "size_multiple"
  /// Without a fixed shape: sides that the graph takes are multiples of this.
  std::int64_t size_multiple = 1;
};

/// The network as a graph: its pass is recorded at two sizes, and what differs between the two is
/// expressed by the size of the input. The graph gives what the network gives, but for rounding, at
/// another size, odd but for the multiple. `network` is left with values in double precision.
/// Throws ConfigError that names an operator which cannot be expressed.
TracedNetwork trace_network(const Network& network, std::int64_t channels,
                            const TraceOptions& options);

}  // namespace sr
