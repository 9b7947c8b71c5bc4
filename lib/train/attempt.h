#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "device/memory.h"
#include "device/out_of_memory.h"

namespace sr {

/// How one batch is cut: accum_iter parts of batch_size samples, each in micro-batches (0 = not cut
/// further).
struct StepCut {
  int parts = 1;
  int micro_batch = 0;
};

/// What an attempt at a step is to be like. Nothing has a default that a caller could forget.
struct StepPlan {
  StepCut cut;
  std::int64_t step;   ///< from 0: net_d_iters and net_d_init_iters leave the generator out of some
  bool recompute;      ///< blocks are computed twice; if the options ask for it, in any case
  bool sizes_settled;  ///< the sizes stay for now: only then a step is recorded (cuda_graph)
};

/// Learning rates of one step.
struct LearningRates {
  double generator = 0;
  double discriminator = 0;
};

/// The gradients of a whole step are in place. Only a Step makes one (Step::in_place()) and only
/// who has one can commit or undo the step, so neither can follow an attempt that failed.
class Gradients {
 public:
  Gradients(Gradients&&) = default;
  Gradients& operator=(Gradients&&) = default;
  Gradients(const Gradients&) = delete;
  Gradients& operator=(const Gradients&) = delete;
  ~Gradients() = default;

 private:
  friend class Step;
  Gradients() = default;
};

/// The attempt came to its end.
struct Completed {
  Gradients gradients;
  /// At the end of the attempt. What stays allocated for the pixels of this size does not count as
  /// allocated: another size has other room.
  MemoryReading memory;
  /// A refusal that LibTorch answered with another path, which gave good gradients.
  std::optional<OutOfMemory> worked_around;
  std::optional<int> rank{};  ///< of several processes, the one that it was refused
};

/// Memory ran out; nothing is left of the attempt.
struct RanOutOfMemory {
  OutOfMemory failure;
  std::string where;                         ///< "upload" or "train"
  MemoryReading memory;                      ///< at the moment of the throw
  std::int64_t allocated_between_steps = 0;  ///< bytes, once everything of the attempt is gone
  std::optional<int> rank{};                 ///< of several processes, the one it happened to
};

/// LibTorch refused to compute although there was memory; nothing is left of the attempt. A broken
/// device is thrown instead.
struct LibraryError {
  std::string message;                       ///< with where LibTorch says that
  MemoryReading memory;                      ///< after the throw
  std::int64_t allocated_between_steps = 0;  ///< bytes, once everything of the attempt is gone
};

/// What an attempt at a step came to: the one place that says so.
using Attempt = std::variant<Completed, RanOutOfMemory, LibraryError>;

inline bool completed(const Attempt& attempt) {
  return std::holds_alternative<Completed>(attempt);
}

}  // namespace sr
