#pragma once

#include <string>

#include "automation/options.h"
#include "core/training_size.h"

namespace sr {

/// All that steers the size controller (DynamicBatchSizeOptimizer, as configurations call it).
struct SizeControllerSettings : SizeOptimizerOptions {
  TrainingSize configured;  ///< the YAML's sizes: the start, and what shrinking returns to first
  int lq_multiple = 8;      ///< lq_size moves in these steps (a network may need larger ones)
  int data_lq_limit =
      0;  ///< growth of lq_size stops here because the images are small; 0 = they are not
  double ceiling = 0.97;  ///< share of total that reserved and foreign memory together may reach

  bool micro_batches_allowed =
      false;  ///< every loss is a mean over samples, no layer mixes samples
  bool recompute_allowed =
      false;  ///< blocks can be computed twice and whether they are is left to the controller
  bool cudnn_benchmark = false;  ///< on at the start; the floor ladder may switch it off

  /// What a measurement depends on: device and its total, LibTorch, networks, losses, precision, as
  /// text. A state saved under another key keeps its counters only.
  std::string environment;
};

}  // namespace sr
