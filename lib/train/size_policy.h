#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "automation/decision.h"
#include "config/config.h"
#include "core/training_size.h"
#include "device/numerics.h"
#include "report/event.h"
#include "train/attempt.h"

namespace sr {

/// Size of the batches of a step, and of the pieces that they are computed in.
struct StepSize {
  TrainingSize size;
  int micro_batch = 0;     ///< samples; 0 = whole batches
  bool recompute = false;  ///< blocks are computed twice
  friend bool operator==(const StepSize&, const StepSize&) = default;
};

/// What sizes depend on beside the configuration.
struct SizeSurroundings {
  int largest_lq_size = 0;  ///< what the training images allow, pixels
  int lq_multiple = 8;      ///< at least 8; more for networks that need it
  bool micro_batches_allowed =
      false;  ///< every loss is a mean over samples, and no layer mixes samples
  bool recompute_allowed = false;  ///< blocks can be computed twice, and train.recompute is auto
  bool recompute_on = false;       ///< they are, by the network's options
  bool cuda = false;
  std::string environment;  ///< what a memory measurement depends on
};

/// Who decides about lq_size, batch_size, micro_batch and recompute: nobody (FixedSizes), a
/// schedule (ScheduledSizes) or the size controller (ControlledSizes). It alone holds the sizes in
/// force; they change between attempts, so the very next batch has them.
class SizePolicy {
 public:
  virtual ~SizePolicy() = default;

  /// Puts the sizes of step number `step` (from 0) in force and returns them.
  virtual StepSize next(std::int64_t step) = 0;
  /// In force.
  virtual StepSize now() const = 0;
  /// Later steps may be larger although nothing asks for it now.
  virtual bool growing() const = 0;
  /// Growth and shrink decisions so far.
  virtual std::int64_t adjustments() const = 0;

  /// Observes a step committed at `size`. What was decided, where a decision falls.
  virtual std::optional<Decision> committed(const MemoryReading& memory, TrainingSize size) = 0;
  /// Puts in force how to try step `step` again, which is ever less. Throws DoesNotFitError, with
  /// the table of needed, free and limit, when nothing smaller is left.
  virtual OutOfMemoryEvent failed(const RanOutOfMemory& attempt, std::int64_t step) = 0;
  /// Takes note of an attempt that is good although memory was refused; changes nothing.
  virtual OutOfMemoryEvent worked_around(const Completed& attempt, std::int64_t step) = 0;
  /// Leaves a size that a library cannot compute for the one of the step before. Nothing, and
  /// nothing is changed, when the size cannot be the reason.
  virtual std::optional<Decision> refused(const LibraryError& attempt, std::int64_t step) = 0;

  virtual nlohmann::ordered_json save() const = 0;
  /// Goes on as saved, cuDNN's benchmark mode included; an edited YAML wins where it sets the sizes
  /// itself. `last`: in force when it was saved. Throws CheckpointError, or an error of the JSON
  /// library, for what this program has not saved.
  virtual void load(const nlohmann::ordered_json& saved, const StepSize& last) = 0;
};

/// The kind that the configuration asks for. `config` and `numerics` must outlive it.
std::unique_ptr<SizePolicy> make_size_policy(const Config& config, SizeSurroundings surroundings,
                                             Numerics& numerics);

}  // namespace sr
