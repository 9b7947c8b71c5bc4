#pragma once

#include <cstdint>
#include <vector>

#include "checkpoint/experiment_layout.h"
#include "config/config.h"
#include "device/memory.h"
#include "infer/engine.h"
#include "metric/metric.h"
#include "train/scorer.h"
#include "train/step.h"

namespace sr {

/// Runs the network of a step over validation sets. Out of memory here costs time, never the run:
/// tiles shrink (Engine), and the size found is kept for later validations. Pictures that cannot be
/// saved are told of in one warning.
class Validator final : public Scorer {
 public:
  /// The network is lent by `step`, which frees the device's memory for it. Throws CheckpointError
  /// for weights of a metric that cannot be used.
  Validator(const Config& config, TrainStep& step, at::Device device, DeviceMemory& memory,
            const ExperimentLayout& layout);

  ValidationScores run(const ValidationSet& set, std::int64_t step,
                       const Listener& listener) override;

  int tile_size() const override { return engine_.tile_size(); }
  void set_tile_size(int tile_size) { engine_.set_tile_size(tile_size); }

 private:
  const Config& config_;
  TrainStep& step_;
  const std::vector<Metric> metrics_;
  DeviceMemory& memory_;
  Engine engine_;
  const ExperimentLayout& layout_;
  const Listener* listener_ = nullptr;  ///< of the pass that is under way
};

}  // namespace sr
