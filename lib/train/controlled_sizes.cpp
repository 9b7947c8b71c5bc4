#include "train/controlled_sizes.h"

#include <string>
#include <utility>

#include "train/saved_json.h"

namespace sr {
namespace {

StepReading step_reading(const MemoryReading& memory) {
  StepReading reading;
  reading.alloc_peak = memory.allocated_peak;
  reading.reserved_peak = memory.reserved_peak;
  reading.allocated = memory.allocated;
  reading.external = memory.external;
  reading.total = memory.total;
  reading.retries = static_cast<std::int64_t>(memory.retries);
  return reading;
}

}  // namespace

ControlledSizes::ControlledSizes(const SizeOptimizerOptions& config, TrainingSize configured,
                                 SizeHost host)
    : FallbackSizes(host, controller_settings(config, configured, host),
                    config.adjustment_frequency) {}

std::optional<Decision> ControlledSizes::committed(const MemoryReading& memory, TrainingSize size) {
  meter().add(step_reading(memory), size);
  if (!meter().complete()) {
    return std::nullopt;
  }
  return completed(controller().decide(meter().take(), size));
}

/// The controller knows of blocks computed twice what is left to it.
Decision ControlledSizes::completed(Decision decision) const {
  decision.recompute = decision.recompute || host().surroundings.recompute_on;
  decision.from_recompute = decision.from_recompute || host().surroundings.recompute_on;
  return decision;
}

std::optional<Decision> ControlledSizes::refused(const LibraryError& attempt, std::int64_t step) {
  const std::optional<TrainingSize> last = meter().size();
  if (!last) {
    return std::nullopt;
  }
  const TrainingSize size = now().size;
  // It may be that of a process before this one, whose bounds have been edited since.
  const TrainingSize trained = controller().limits().at_most(*last);
  if (!covers(size, trained) || size == trained) {
    return std::nullopt;
  }
  const std::string& error = attempt.message;
  FailureReading failure = failure_reading(attempt.memory, attempt.allocated_between_steps, step);
  failure.live = attempt.memory.allocated_peak;  // what was live is gone with the exception
  return completed(
      controller().after_library_limit(failure, size, trained, error.substr(0, error.find('\n'))));
}

void ControlledSizes::load(const nlohmann::ordered_json& saved, const StepSize& /*last*/) {
  require_same_kinds(saved, save(), "sizes");
  if (saved.value("dynamic", false)) {
    restore(saved);
  }  // else the configuration was changed between fixed and dynamic sizes: it wins
}

}  // namespace sr
