#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "checkpoint/experiment_layout.h"
#include "config/config.h"
#include "device/memory.h"
#include "dist/ranks.h"
#include "infer/engine.h"
#include "metric/metric.h"
#include "train/saved_pictures.h"
#include "train/score_means.h"
#include "train/scorer.h"
#include "train/shared_stop.h"
#include "train/train_step.h"

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

  /// The images of a set are dealt over the ranks, but for those that are saved: rank 0 has the
  /// folder. The scores of all are those of one process, to the bit. What goes wrong on one rank is
  /// thrown on all, and who is asked to stop interrupts all.
  void deal_over(Ranks& ranks, SharedStop& stop) {
    ranks_ = &ranks;
    stop_ = &stop;
  }

  ValidationScores run(const ValidationSet& set, std::int64_t step,
                       const Listener& listener) override;

  int tile_size() const override { return engine_.tile_size(); }
  void set_tile_size(int tile_size) { engine_.set_tile_size(tile_size); }

 private:
  /// False: it was interrupted.
  bool measure(const ValidationSet& set, ScoreMeans& means, SavedPictures& pictures);
  /// Throws Stopped, within an image too.
  void measure_all(const ValidationSet& set, ScoreMeans& means, SavedPictures& pictures);
  bool is_own(std::int64_t image) const;
  bool stop_wanted() const;
  /// Returns whether no rank was interrupted.
  bool settle(std::int64_t step, bool finished, const std::string& problem, ScoreMeans& means);

  const Config& config_;
  TrainStep& step_;
  const std::vector<Metric> metrics_;
  DeviceMemory& memory_;
  Engine engine_;
  const ExperimentLayout& layout_;
  Ranks* ranks_ = nullptr;  ///< null: this process has all images
  SharedStop* stop_ = nullptr;
  const Listener* listener_ = nullptr;  ///< of the pass that is under way
};

}  // namespace sr
