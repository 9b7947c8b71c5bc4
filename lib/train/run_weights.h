#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "checkpoint/experiment_layout.h"
#include "checkpoint/tensor_file.h"
#include "config/config.h"
#include "nn/module.h"
#include "train/networks.h"
#include "train/train_step.h"

namespace sr {

/// Of the weight files that this configuration writes.
WeightsFormat weights_format(const Config& config);

/// One set of weights and where a checkpoint has it.
struct RunWeights {
  std::filesystem::path file;
  std::string key;  ///< of a .pth, which holds several sets: params, params_ema
  const Module* network;
  NamedTensors tensors;  ///< live ones: as many as there are parameters, then buffers
};

/// Those of a checkpoint: raw and averaged, of the generator and then of the discriminator. Sets
/// of one file follow each other.
std::vector<RunWeights> run_weights(const Networks& networks, const TrainStep& step,
                                    const ExperimentLayout& layout, std::int64_t at,
                                    WeightsFormat format);

/// A copy in host memory with what describes it in a weight file.
TensorFile stage(const RunWeights& weights, std::int64_t at);

}  // namespace sr
