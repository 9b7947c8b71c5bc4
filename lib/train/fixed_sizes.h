#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "train/fallback_sizes.h"

namespace sr {

/// The configured size for good.
class FixedSizes : public FallbackSizes {
 public:
  FixedSizes(TrainingSize configured, SizeHost host);

  bool growing() const override { return false; }
  std::optional<Decision> committed(const MemoryReading&, TrainingSize) override {
    return std::nullopt;
  }
  /// Its one size has been trained or cannot be.
  std::optional<Decision> refused(const LibraryError&, std::int64_t) override {
    return std::nullopt;
  }
  nlohmann::ordered_json save() const override { return save_as(/*dynamic=*/false); }
  void load(const nlohmann::ordered_json& saved, const StepSize& last) override;

 protected:
  /// Nothing is known about memory at this size.
  void start_at(TrainingSize size);
  /// Whether a state saved at another size than that in force says anything.
  virtual bool follow(TrainingSize /*saved*/) { return false; }
};

/// Sizes by the step (size_schedule): each is in force from its step on.
class ScheduledSizes final : public FixedSizes {
 public:
  /// `schedule`: in the order of its steps; the last entry of a step wins. Must outlive this.
  ScheduledSizes(const std::vector<ScheduledSize>& schedule, TrainingSize configured,
                 SizeHost host);

  StepSize next(std::int64_t step) override;
  StepSize now() const override;

 private:
  bool follow(TrainingSize saved) override;

  const std::vector<ScheduledSize>& schedule_;
  ScheduledSize before_;     ///< as configured, until the first entry is due
  bool recompute_ = false;   ///< of the entry in force
  int most_in_a_piece_ = 0;  ///< micro_batch of the entry in force; 0 = none
};

}  // namespace sr
