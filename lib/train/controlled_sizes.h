#pragma once

#include <cstdint>
#include <optional>

#include "train/fallback_sizes.h"

namespace sr {

/// Sizes as large as memory allows (DynamicBatchSizeOptimizer): decides at the end of each window
/// of adjustment_frequency steps.
class ControlledSizes final : public FallbackSizes {
 public:
  ControlledSizes(const SizeOptimizerOptions& config, TrainingSize configured, SizeHost host);

  bool growing() const override { return controller().growing(); }
  std::optional<Decision> committed(const MemoryReading& memory, TrainingSize size) override;
  std::optional<Decision> refused(const LibraryError& attempt, std::int64_t step) override;
  nlohmann::ordered_json save() const override { return save_as(/*dynamic=*/true); }
  void load(const nlohmann::ordered_json& saved, const StepSize& last) override;

 private:
  Decision completed(Decision decision) const;
};

}  // namespace sr
