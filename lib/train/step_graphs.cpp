#include "train/step_graphs.h"

#include <algorithm>
#include <utility>

namespace sr {
namespace {

/// By then cuDNN has chosen its algorithms and every handle and workspace exists: making them while
/// recording is an error.
constexpr std::int64_t kStepsBefore = 3;

std::int64_t bytes_of(const at::Tensor& tensor) {
  return tensor.defined() ? static_cast<std::int64_t>(tensor.nbytes()) : 0;
}

}  // namespace

StepGraphs::StepGraphs(c10::Device device, DeviceMemory& memory, bool wanted)
    : device_(device), memory_(memory), wanted_(wanted && device.is_cuda()) {}

void StepGraphs::expect(const StepShape& shape) {
  if (shape_ != shape) {
    drop();
    shape_ = shape;
    steps_ = 0;
    bytes_ = 0;
  }
}

bool StepGraphs::due() const {
  return wanted_ && settled_ && !ready() && steps_ >= kStepsBefore && shape_ != refused_;
}

bool StepGraphs::record(const std::function<void()>& attempt, const std::function<void()>& commit) {
  // What the steps before left in the cache is the room for the recording's own memory.
  memory_.synchronize();
  memory_.empty_cache();
  // The inputs were a part of what a step took, and have their memory already.
  const std::int64_t bytes = bytes_ - bytes_of(inputs_.lq) - bytes_of(inputs_.gt);
  RecordedGraph first = record_graph(device_, std::max<std::int64_t>(bytes, 0), [&] {
    memory_.reset_peak();
    attempt();
  });
  const MemoryReading after = memory_.read();
  RecordedGraph second = first.graph ? record_graph(device_, 0, commit) : RecordedGraph{};
  if (!first.graph || !second.graph) {
    refused_ = shape_;
    if (!told_) {
      problem_ = first.graph ? second.problem : first.problem;
      told_ = true;
    }
    first.graph.reset();
    inputs_ = {};
    memory_.empty_cache();
    return false;
  }
  attempt_ = std::move(first.graph);
  commit_ = std::move(second.graph);
  peak_bytes_ = after.allocated_peak - after.allocated;
  return true;
}

void StepGraphs::drop() {
  if (!ready()) {
    return;
  }
  memory_.synchronize();  // a launched graph must not lose its memory
  attempt_.reset();
  commit_.reset();
  inputs_ = {};
  memory_.empty_cache();
}

std::optional<std::string> StepGraphs::take_problem() {
  return std::exchange(problem_, std::nullopt);
}

}  // namespace sr
