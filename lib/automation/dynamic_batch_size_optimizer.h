#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "automation/confidence.h"
#include "automation/decision.h"
#include "automation/failing_frontier.h"
#include "automation/floor_ladder.h"
#include "automation/memory_model.h"
#include "automation/proven_sizes.h"
#include "automation/reading.h"
#include "automation/recompute_choice.h"
#include "automation/size_controller_settings.h"
#include "automation/size_json.h"
#include "automation/size_limits.h"
#include "automation/size_plan.h"

namespace sr {

/// Decides lq_size and batch_size from memory readings, so that training uses `target_vram_usage`
/// of the device: decide() at the end of a window of steps grows, shrinks or holds; after_failure()
/// says what to do about a step that ran out of memory, so that the same step can be taken.
///
/// Pure: no clock, no log, no device, no randomness; equal inputs give equal answers, and a
/// restored object answers as the saved one would have.
///
/// Start reading with choose(), the rules in their order. Their evidence has classes of its own:
///
///     SizeLimits       which sizes are legal
///     MemoryModel      what a size will take
///     Confidence       how far to trust that
///     FailingFrontier  which sizes are known to fail
///     ProvenSizes      which are known to run
///     size_plan.h      where to grow and shrink to
///     FloorLadder      what to do when nothing smaller is left
///     RecomputeChoice  whether blocks are computed twice
class DynamicBatchSizeOptimizer {
 public:
  struct Counters {
    std::int64_t windows = 0;
    std::int64_t adjustments = 0;    ///< growth and shrink decisions
    std::int64_t ooms = 0;           ///< failed attempts
    std::int64_t soft_failures = 0;  ///< refusals that LibTorch swallowed, the attempt being kept
  };

  /// Throws ConfigError when the sizes and their bounds contradict each other.
  explicit DynamicBatchSizeOptimizer(SizeControllerSettings settings);

  /// At the end of a window in which every step really had size `now`.
  Decision decide(const WindowReading& window, TrainingSize now);
  /// After an attempt at a step of size `now` ran out of memory and was undone. Called again for
  /// the same step, it answers with a smaller size, the next rung of the floor ladder, or kGiveUp:
  /// never the same thing for ever.
  Recovery after_failure(const FailureReading& failure, TrainingSize now);
  /// After an attempt of size `now` met a limit of a library that is not memory, say of a tensor's
  /// elements, and was undone: back to `committed`, a smaller size that has been trained. What a
  /// size may have in pixels is from now on the middle between the two, so that a few tries at most
  /// are lost.
  Decision after_library_limit(const FailureReading& failure, TrainingSize now,
                               TrainingSize committed, const std::string& problem);

  /// The size that the next step must have: the configured one, the last answer, or the restored
  /// one.
  TrainingSize size() const { return size_; }
  int micro_batch() const { return ladder_.micro_batch(); }  ///< 0 = the whole batch at once
  bool recompute() const { return recompute_.on(); }         ///< blocks are computed twice
  bool cudnn_benchmark() const { return ladder_.cudnn_benchmark(); }
  bool converged() const { return rest_.has_value(); }
  /// A later window may enlarge the sizes without memory use having changed before.
  bool growing() const;
  const Counters& counters() const { return counters_; }

  const SizeLimits& limits() const { return limits_; }
  const FailingFrontier& frontier() const { return frontier_; }
  const ProvenSizes& proven() const { return proven_; }

  Json state() const;
  /// Throws CheckpointError when the state is malformed. False when it was saved under another
  /// environment: what it knew about memory is dropped, counters stay, and size() is the smaller of
  /// the configured and the last size.
  bool restore(const Json& state);

 private:
  /// Ends growth until memory use changes: the usage and foreign memory it was reached at.
  struct Rest {
    double usage = 0;
    std::int64_t external = 0;
  };
  /// After another program took memory: no growth for some windows, twice as many each time.
  struct ExternalHold {
    int windows_left = 0;
    int next_length = 1;
    std::int64_t lost_pixels = 0;  // of the size that had to be left
  };
  /// Not saved: a process that goes on after giving up tries from the first rung again.
  struct StepAttempts {
    std::int64_t step = -1;
    bool retried = false;  // at the same size
    bool on_hold = false;  // others were held responsible
  };
  struct ShrinkNeed {
    std::string reason;
    double limit = 0;  // bytes a smaller size may take
  };

  MemoryBudget budget(MemorySituation situation) const;
  std::int64_t margin_bytes(std::int64_t total) const;
  GrowthView growth_view(MemorySituation situation) const;

  // decide()
  void learn(const WindowReading& window, TrainingSize now);
  void learn_fragmentation(const WindowReading& window, TrainingSize now);
  std::optional<ShrinkNeed> shrink_need(const WindowReading& window, const Decision& so_far) const;
  void shrink(const ShrinkNeed& need, const WindowReading& window, Decision& decision);
  void grow(const WindowReading& window, Decision& decision);
  void rest_without_growth(const WindowReading& window, Decision& decision);
  bool still_resting(const WindowReading& window, double usage);
  void change_to(TrainingSize size, Decision& decision);
  void choose(const WindowReading& window, Decision& decision);
  bool memory_ends_growth_at(TrainingSize size) const;
  bool begin_trial(const WindowReading& window, Decision& decision);
  bool end_trial(const WindowReading& window, Decision& decision);
  void say_once(const std::string& key, const std::string& text, Decision& decision);
  ModelSummary summary() const;

  // after_failure()
  FailureClass classify(const FailureReading& failure, TrainingSize now) const;
  Recovery climb(const FailureReading& failure, TrainingSize now);
  void forget_sizes();
  void learn_from(const FailureReading& failure, FailureClass kind, TrainingSize now);
  TrainingSize roll_back_size(const FailureReading& failure, TrainingSize now) const;
  TrainingSize guessed_size(const FailureReading& failure, TrainingSize now) const;

  Json settings_state() const;
  void restore_evidence(const Json& state);

  SizeControllerSettings settings_;
  SizeLimits limits_;
  MemoryModel model_;
  Confidence confidence_;
  FailingFrontier frontier_;
  ProvenSizes proven_;
  FloorLadder ladder_;
  RecomputeChoice recompute_;

  TrainingSize size_;
  double fragmentation_ = 1;  // reserved / allocated at the largest size so far, decaying maximum
  std::int64_t fragmentation_pixels_ = 0;  // of that size
  int windows_with_retries_ = 0;
  bool failed_in_window_ = false;         // at the size in force
  std::vector<TrainingSize> fragmented_;  // had their one retry after a fragmentation failure
  ExternalHold hold_;
  std::optional<Rest> rest_;
  StepAttempts attempts_;
  Counters counters_;
  std::set<std::string> said_;
};

}  // namespace sr
