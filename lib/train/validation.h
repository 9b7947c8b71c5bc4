#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "checkpoint/experiment_layout.h"
#include "config/config.h"
#include "data/pairs.h"
#include "device/memory.h"
#include "infer/engine.h"
#include "nn/network.h"
#include "report/event.h"

namespace sr {

/// One validation set: its files and what to call it.
struct ValidationSet {
  DatasetConfig config;
  std::vector<ImagePair> pairs;
  std::vector<Scene> scenes{};  ///< of a video set (PairList::scenes)
};

/// Scores and pictures of one pass over a set.
struct ValidationScores {
  NamedValues metrics;  ///< means over the images, in the configuration's order
  double seconds = 0;
  int tile_size = 0;  ///< the one in use at the end; 0 = whole images
  std::vector<std::pair<std::string, std::string>>
      images;  ///< name and PNG file, when images are saved
};

/// Runs networks over validation sets. Out of memory here costs time, never the run: tiles shrink
/// (Engine), and the size found is kept for later validations.
class Validator {
 public:
  using OnOutOfMemory = std::function<void(const OutOfMemoryEvent&)>;

  Validator(const Config& config, at::Device device, DeviceMemory& memory,
            const ExperimentLayout& layout, const OnOutOfMemory& on_out_of_memory);

  /// Throws DoesNotFitError when not even the smallest tiles fit, DataError for an unusable file.
  ValidationScores run(const ValidationSet& set, const Network& network, std::int64_t step);

  /// Tile size in force, 0 = whole images: part of the checkpoint.
  int tile_size() const { return engine_.tile_size(); }
  void set_tile_size(int tile_size) { engine_.set_tile_size(tile_size); }

 private:
  const Config& config_;
  DeviceMemory& memory_;
  Engine engine_;
  const ExperimentLayout& layout_;
};

}  // namespace sr
