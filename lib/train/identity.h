#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/config.h"
#include "data/pairs.h"
#include "device/memory.h"
#include "train/networks.h"

namespace sr {

/// What a state says of the run that saved it, so that the one that goes on can be told what
/// differs.
struct RunIdentity {
  std::string fingerprint;  ///< of the training files and their order
  std::string environment;  ///< processor and threads
};

/// As a state says it; empty without a discriminator.
std::string discriminator_optimizer(const Config& config);

/// Hash of everything, apart from the seed, that determines the order of the samples: the training
/// files and how they are gone through.
std::string fingerprint(const std::vector<ImagePair>& pairs, const DatasetConfig& set);

/// What a memory measurement depends on: device, its total, LibTorch, networks, losses, precision.
std::string measurement_key(const Config& config, const Networks& networks, DeviceMemory& memory,
                            const std::string& device);

/// Samples in a pass over `images` images, enlarged as configured. `samples_per_pass`: of the order
/// as it is (SampleOrder).
double samples_per_epoch(const DatasetConfig& set, std::size_t images,
                         std::uint64_t samples_per_pass);

}  // namespace sr
