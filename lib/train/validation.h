#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "checkpoint/experiment_layout.h"
#include "config/config.h"
#include "device/memory.h"
#include "infer/engine.h"
#include "metric/metric.h"
#include "nn/network.h"
#include "report/event.h"
#include "train/validation_set.h"

namespace sr {

/// Scores and pictures of one pass over a set.
struct ValidationScores {
  NamedValues metrics;  ///< means over the images (ScoreMeans)
  double seconds = 0;
  int tile_size = 0;  ///< the one in use at the end; 0 = whole images
  std::vector<std::pair<std::string, std::string>>
      images;                ///< name and PNG file, when images are saved
  bool interrupted = false;  ///< it was asked to stop: there are no scores
};

/// Runs networks over validation sets. Out of memory here costs time, never the run: tiles shrink
/// (Engine), and the size found is kept for later validations. Pictures that cannot be saved are told
/// of in one warning.
class Validator {
 public:
  struct Callbacks {
    std::function<void(const OutOfMemoryEvent&)> on_out_of_memory;
    std::function<void(const WarningEvent&)> on_warning;
  };

  /// Throws CheckpointError for weights of a metric that cannot be used.
  Validator(const Config& config, at::Device device, DeviceMemory& memory,
            const ExperimentLayout& layout, Callbacks callbacks);

  /// `stop_wanted` is asked before each image. Throws DoesNotFitError when not even the smallest
  /// tiles fit, DataError for an unusable file.
  ValidationScores run(const ValidationSet& set, const Network& network, std::int64_t step,
                       const std::function<bool()>& stop_wanted);

  /// Tile size in force, 0 = whole images: part of the checkpoint.
  int tile_size() const { return engine_.tile_size(); }
  void set_tile_size(int tile_size) { engine_.set_tile_size(tile_size); }

 private:
  const Config& config_;
  const std::vector<Metric> metrics_;
  DeviceMemory& memory_;
  Engine engine_;
  const ExperimentLayout& layout_;
  std::function<void(const WarningEvent&)> on_warning_;
};

}  // namespace sr
