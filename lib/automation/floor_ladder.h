#pragma once

#include <optional>

#include "automation/decision.h"
#include "automation/failing_frontier.h"
#include "automation/reading.h"
#include "automation/size_controller_settings.h"
#include "automation/size_json.h"

namespace sr {

/// What is left to try when even the smallest size runs out of memory, in this order: clean up and
/// retry once a step; micro-batches, half the samples at a time down to one; cuDNN without its
/// benchmark mode; give up. Rungs after the first stay in force for the steps that follow.
class FloorLadder {
 public:
  explicit FloorLadder(const SizeControllerSettings& settings);

  /// The next rung for a failure at the smallest size. `retried` = this step was already retried at
  /// the same size.
  Recovery next(const FailureReading& failure, TrainingSize smallest, bool retried);
  /// Leaves the micro-batches when others hold more than `margin` bytes less, or the total is more,
  /// than when they began. True when that happened.
  bool release(MemorySituation now, std::int64_t margin);
  /// Another size or another machine: whole batches again.
  void reset() { started_.reset(), micro_batch_ = 0; }

  int micro_batch() const { return micro_batch_; }  ///< 0 = the whole batch at once
  bool cudnn_benchmark() const { return cudnn_benchmark_; }

  Json state() const;
  void restore(const Json& state);

 private:
  bool micro_batches_allowed_;
  bool cudnn_benchmark_;
  int micro_batch_ = 0;
  std::optional<MemorySituation> started_;
};

}  // namespace sr
