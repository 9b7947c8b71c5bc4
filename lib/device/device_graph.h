#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <c10/core/Device.h>

namespace sr {

/// Work for a device that was recorded once and is launched as a whole from then on (a CUDA graph):
/// one call where there were hundreds. It reads and writes the memory of the recorded tensors.
class DeviceGraph {
 public:
  virtual ~DeviceGraph() = default;
  /// Queues the work on the calling thread's stream. Allocates nothing.
  virtual void launch() = 0;
};

/// A recording, or why there is none.
struct RecordedGraph {
  std::unique_ptr<DeviceGraph> graph;
  std::string problem;
};

/// Records what work() queues, which does not run by that. Whatever LibTorch throws (work that
/// waits for the device, no memory) becomes the problem: the same work done without a recording
/// tells whether it is an error. Tensors that die within work() leave the recording its memory,
/// which is given back with the graph and DeviceMemory::empty_cache(). `memory` = bytes that work()
/// takes at most at a time, 0 when unknown: they are had as one block first, so that little of the
/// recording's memory lies in holes.
RecordedGraph record_graph(c10::Device device, std::int64_t memory,
                           const std::function<void()>& work);

}  // namespace sr
