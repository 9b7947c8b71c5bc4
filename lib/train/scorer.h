#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

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

/// Measures the network in training on validation sets.
class Scorer {
 public:
  /// What happens on the way through a set.
  struct Listener {
    std::function<bool()> stop_wanted;  ///< asked before each image
    std::function<void(const OutOfMemoryEvent&)> on_out_of_memory;
    std::function<void(const WarningEvent&)> on_warning;
  };

  virtual ~Scorer() = default;
  /// Throws DoesNotFitError when not even the smallest tiles fit, DataError for an unusable file.
  virtual ValidationScores run(const ValidationSet& set, std::int64_t step,
                               const Listener& listener) = 0;
  /// Tile size in force, 0 = whole images: part of the checkpoint.
  virtual int tile_size() const = 0;
};

}  // namespace sr
