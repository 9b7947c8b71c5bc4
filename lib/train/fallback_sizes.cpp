#include "train/fallback_sizes.h"

#include <utility>

#include "core/error.h"

namespace sr {
namespace {

// cuDNN's benchmark mode allocates the largest workspace it can in the first steps of a new size.
constexpr std::int64_t kCudaWarmUpSteps = 3;

}  // namespace

SizeControllerSettings controller_settings(const SizeOptimizerOptions& config,
                                           TrainingSize configured, const SizeHost& host) {
  const SizeSurroundings& surroundings = host.surroundings;
  SizeControllerSettings settings;
  static_cast<SizeOptimizerOptions&>(settings) = config;
  settings.configured = configured;
  settings.lq_multiple = surroundings.lq_multiple;
  settings.data_lq_limit = surroundings.largest_lq_size;
  settings.recompute_allowed = surroundings.recompute_allowed;
  settings.micro_batches_allowed = surroundings.micro_batches_allowed;
  settings.cudnn_benchmark = surroundings.cuda && host.numerics.benchmark();
  settings.environment = surroundings.environment;
  return settings;
}

FailureReading failure_reading(const MemoryReading& memory, std::int64_t allocated_between_steps,
                               std::int64_t step) {
  FailureReading failure;
  failure.step = step;
  failure.live = memory.allocated;
  failure.reserved = memory.reserved;
  failure.between_steps = allocated_between_steps;
  failure.external = memory.external;
  failure.total = memory.total;
  return failure;
}

FallbackSizes::FallbackSizes(SizeHost host, SizeControllerSettings settings, std::int64_t window)
    : host_(std::move(host)),
      controller_(std::move(settings)),
      meter_(window, host_.surroundings.cuda ? kCudaWarmUpSteps : 0) {}

OutOfMemoryEvent FallbackSizes::failed(const RanOutOfMemory& attempt, std::int64_t step) {
  FailureReading failure = failure_reading(attempt.memory, attempt.allocated_between_steps, step);
  failure.requested = attempt.failure.requested_bytes;
  return answer(failure, attempt.where);
}

OutOfMemoryEvent FallbackSizes::worked_around(const Completed& attempt, std::int64_t step) {
  FailureReading failure = failure_reading(attempt.memory, attempt.memory.allocated, step);
  failure.requested = attempt.worked_around->requested_bytes;
  failure.soft = true;
  return answer(failure, "train");
}

OutOfMemoryEvent FallbackSizes::answer(const FailureReading& failure, const std::string& where) {
  OutOfMemoryEvent event;
  event.where = where;
  event.size = now().size;
  event.micro_batch = now().micro_batch;
  event.requested_bytes = failure.requested;
  const Recovery recovery = controller_.after_failure(failure, event.size);
  event.kind = name_of(recovery.kind);
  if (recovery.action == RecoveryAction::kGiveUp) {
    throw DoesNotFitError(recovery.reason);
  }
  if (recovery.action == RecoveryAction::kBenchmarkOff) {
    host_.numerics.set_benchmark(false);
  }
  if (recovery.action == RecoveryAction::kRecompute) {
    meter_.start_over();  // what the steps before took is no measure of those to come
  }
  event.to = now().size;
  event.to_micro_batch = now().micro_batch;
  event.to_recompute = now().recompute;
  return event;
}

nlohmann::ordered_json FallbackSizes::save_as(bool dynamic) const {
  return {{"dynamic", dynamic}, {"optimizer", controller_.state()}, {"window", meter_.state()}};
}

void FallbackSizes::restore(const nlohmann::ordered_json& saved) {
  if (controller_.restore(saved.at("optimizer"))) {
    meter_.restore(saved.at("window"));
  }
  if (host_.surroundings.cuda && !controller_.cudnn_benchmark()) {
    // A rung of the floor ladder that was given up stays given up.
    host_.numerics.set_benchmark(false);
  }
}

}  // namespace sr
