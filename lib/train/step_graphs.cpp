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

StepGraphs::Recorder StepGraphs::recorder_on(c10::Device device, bool wanted) {
  if (!wanted || !device.is_cuda()) {
    return {};
  }
  return [device](std::int64_t bytes, const std::function<void()>& work) {
    return record_graph(device, bytes, work);
  };
}

StepGraphs::StepGraphs(DeviceMemory& memory, Recorder recorder)
    : memory_(memory), recorder_(std::move(recorder)) {}

MemoryReading StepGraphs::run(const StepShape& shape, bool settled, StepWork& work) {
  expect(shape);
  work.begin();
  if (due(settled)) {
    record(work);
  }
  if (!recorded()) {
    work.attempt();
    const MemoryReading after = memory_.read();
    bytes_ = after.allocated_peak - after.allocated;
    return after;
  }
  work.fill(inputs_);
  attempt_->launch();
  MemoryReading after = memory_.read();
  after.allocated_peak = std::max(after.allocated_peak, after.allocated + peak_bytes_);
  return after;
}

void StepGraphs::commit(const std::function<void()>& update) {
  if (recorded()) {
    commit_->launch();
  } else {
    update();
  }
  ++steps_;
}

void StepGraphs::expect(const StepShape& shape) {
  if (shape_ != shape) {
    drop();
    shape_ = shape;
    steps_ = 0;
    bytes_ = 0;
  }
}

bool StepGraphs::due(bool settled) const {
  return recorder_ && settled && !recorded() && steps_ >= kStepsBefore && shape_ != refused_;
}

void StepGraphs::record(StepWork& work) {
  // Outside the recording: in it, LibTorch's marking of fresh memory would be a part of each step.
  inputs_ = work.room();
  // What the steps before left in the cache is the room for the recording's own memory.
  memory_.synchronize();
  memory_.empty_cache();
  // The inputs were a part of what a step took, and have their memory already.
  const std::int64_t bytes = bytes_ - bytes_of(inputs_.lq) - bytes_of(inputs_.gt);
  RecordedGraph first = recorder_(std::max<std::int64_t>(bytes, 0), [&] {
    memory_.reset_peak();
    work.attempt_on(inputs_);
  });
  const MemoryReading after = memory_.read();
  RecordedGraph second = first.graph ? recorder_(0, [&] { work.update(); }) : RecordedGraph{};
  if (first.graph && second.graph) {
    attempt_ = std::move(first.graph);
    commit_ = std::move(second.graph);
    peak_bytes_ = after.allocated_peak - after.allocated;
    return;
  }
  refused_ = shape_;
  if (!told_) {
    problem_ = first.graph ? second.problem : first.problem;
    told_ = true;
  }
  first.graph.reset();
  inputs_ = {};
  memory_.empty_cache();
  work.recording_failed();
  memory_.empty_cache();
}

void StepGraphs::drop() {
  if (!recorded()) {
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
