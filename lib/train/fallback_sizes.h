#pragma once

#include <cstdint>
#include <string>

#include "automation/dynamic_batch_size_optimizer.h"
#include "automation/window_meter.h"
#include "train/size_policy.h"

namespace sr {

/// What a size policy knows about where it runs.
struct SizeHost {
  SizeSurroundings surroundings;
  Numerics& numerics;
};

SizeControllerSettings controller_settings(const SizeOptimizerOptions& config,
                                           TrainingSize configured, const SizeHost& host);
FailureReading failure_reading(const MemoryReading& memory, std::int64_t allocated_between_steps,
                               std::int64_t step);

/// What all kinds of sizes share: how memory that runs out is answered. Where no smaller size is
/// legal, the floor ladder is left: blocks computed twice, micro-batches, cuDNN's benchmark mode
/// off, then the end.
class FallbackSizes : public SizePolicy {
 public:
  StepSize next(std::int64_t /*step*/) override { return now(); }
  StepSize now() const override {
    return {controller_.size(), controller_.micro_batch(),
            controller_.recompute() || host_.surroundings.recompute_on};
  }
  std::int64_t adjustments() const override { return controller_.counters().adjustments; }
  OutOfMemoryEvent failed(const RanOutOfMemory& attempt, std::int64_t step) override;
  OutOfMemoryEvent worked_around(const Completed& attempt, std::int64_t step) override;

 protected:
  FallbackSizes(SizeHost host, SizeControllerSettings settings, std::int64_t window);

  nlohmann::ordered_json save_as(bool dynamic) const;
  /// `saved` was made by the same kind of sizes.
  void restore(const nlohmann::ordered_json& saved);

  const SizeHost& host() const { return host_; }
  DynamicBatchSizeOptimizer& controller() { return controller_; }
  const DynamicBatchSizeOptimizer& controller() const { return controller_; }
  WindowMeter& meter() { return meter_; }

 private:
  OutOfMemoryEvent answer(const FailureReading& failure, const std::string& where);

  SizeHost host_;
  DynamicBatchSizeOptimizer controller_;
  WindowMeter meter_;
};

}  // namespace sr
