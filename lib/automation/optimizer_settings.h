#pragma once

#include <cstdint>
#include <string>

#include "core/training_size.h"

namespace sr {

/// All that steers the DynamicBatchSizeOptimizer; the names of the first block are those of the
/// YAML.
struct OptimizerSettings {
  double target_vram_usage = 0.85;  ///< share of total memory that training should use, (0, 1)
  double safety_margin =
      0.05;  ///< half the width of the band around the target in which nothing changes
  int min_batch_size = 2;
  int max_batch_size = 64;
  int min_lq_size = 32;  ///< pixels
  int max_lq_size = 256;
  std::int64_t adjustment_frequency = 100;  ///< committed steps in a window
  std::int64_t max_adjustments = 0;  ///< growth and shrink decisions in the whole run; 0 = no limit
  int vram_history_size = 50;        ///< measured sizes remembered, here and in the checkpoint

  TrainingSize configured;  ///< the YAML's sizes: the start, and what shrinking returns to first
  int lq_multiple = 8;      ///< lq_size moves in these steps (a network may need larger ones)
  int data_lq_limit =
      0;  ///< growth of lq_size stops here because the images are small; 0 = they are not
  double ceiling = 0.97;  ///< share of total that reserved and foreign memory together may reach

  bool micro_batches_allowed =
      false;                     ///< every loss is a mean over samples, no layer mixes samples
  bool cudnn_benchmark = false;  ///< on at the start; the floor ladder may switch it off
  bool roll_back_soft_failures =
      false;  ///< a swallowed refusal changes numerics: wanted with `deterministic`

  /// What a measurement depends on: device and its total, versions, hash of network and losses. A
  /// state saved under another key keeps its counters only.
  std::string environment;
};

}  // namespace sr
