#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <c10/core/Device.h>

#include "device/device_graph.h"
#include "device/memory.h"
#include "train/batch_upload.h"

namespace sr {

/// All that a recorded attempt depends on beside the tensors that stay.
struct StepShape {
  int lq_side = 0;
  int samples = 0;
  int parts = 1;
  int micro_batch = 0;
  bool float_pixels = false;
  bool generator_turn = true;
  friend bool operator==(const StepShape&, const StepShape&) = default;
};

/// The recordings of a step (cuda_graph) and the rules for them: they are made when the sizes have
/// settled and some steps of the same shape have been taken without them, and dropped before a step
/// of another shape. A shape that cannot be recorded goes on without.
class StepGraphs {
 public:
  /// wanted: false = never record.
  StepGraphs(c10::Device device, DeviceMemory& memory, bool wanted);

  /// Whether the sizes are to stay as they are for now.
  void set_settled(bool settled) { settled_ = settled; }
  /// Says what the next attempt is like.
  void expect(const StepShape& shape);
  /// The step of the expected shape should be recorded now.
  bool due() const;
  /// Records both parts of a step; nothing is run. False when that fails, see take_problem().
  bool record(const std::function<void()>& attempt, const std::function<void()>& commit);
  /// The step of the expected shape is launched, not queued bit by bit.
  bool ready() const { return attempt_ != nullptr; }
  /// What the recorded attempt reads; set before it is recorded.
  BatchImages& inputs() { return inputs_; }
  void launch_attempt() { attempt_->launch(); }
  void launch_commit() { commit_->launch(); }
  /// A step of the expected shape, not recorded, took so many bytes above those that it left.
  void took(std::int64_t bytes) { bytes_ = bytes; }
  /// A step of the expected shape was committed.
  void committed() { ++steps_; }
  /// Gives recordings and their memory back; they may be made again.
  void drop();

  /// Bytes that the recorded attempt's memory peaks above what lies allocated between steps.
  std::int64_t peak_bytes() const { return peak_bytes_; }
  /// Why the last recording failed, once in a run.
  std::optional<std::string> take_problem();

 private:
  c10::Device device_;
  DeviceMemory& memory_;
  bool wanted_;
  bool settled_ = true;
  bool told_ = false;
  std::optional<StepShape> shape_, refused_;
  std::int64_t steps_ = 0;  ///< committed in the expected shape
  std::unique_ptr<DeviceGraph> attempt_, commit_;
  BatchImages inputs_;
  std::int64_t bytes_ = 0;  ///< of the last step in the expected shape that was not recorded
  std::int64_t peak_bytes_ = 0;
  std::optional<std::string> problem_;
};

}  // namespace sr
