#include "train/size_control.h"

#include <ATen/Context.h>

#include <algorithm>

#include "train/saved_json.h"

namespace sr {
namespace {

// cuDNN's benchmark mode allocates the largest workspace it can in the first steps of a new size.
constexpr std::int64_t kCudaWarmUpSteps = 3;

TrainingSize configured_size(const DatasetConfig& dataset) {
  return {dataset.lq_size, dataset.batch_size_per_gpu};
}

OptimizerSettings optimizer_settings(const SizeOptimizerConfig& config, TrainingSize configured,
                                     const SizeControl::Surroundings& surroundings) {
  OptimizerSettings settings;
  settings.target_vram_usage = config.target_vram_usage;
  settings.safety_margin = config.safety_margin;
  settings.min_batch_size = config.min_batch_size;
  settings.max_batch_size = config.max_batch_size;
  settings.min_lq_size = config.min_lq_size;
  settings.max_lq_size = config.max_lq_size;
  settings.adjustment_frequency = config.adjustment_frequency;
  settings.max_adjustments = config.max_adjustments;
  settings.vram_history_size = config.vram_history_size;
  settings.configured = configured;
  settings.lq_multiple = surroundings.lq_multiple;
  settings.data_lq_limit = surroundings.largest_lq_size;
  settings.micro_batches_allowed = surroundings.micro_batches_allowed;
  settings.cudnn_benchmark = surroundings.cuda && at::globalContext().benchmarkCuDNN();
  settings.roll_back_soft_failures = !surroundings.cuda || at::globalContext().deterministicCuDNN();
  settings.environment = surroundings.environment;
  return settings;
}

/// Only the configured size is legal: nothing grows or shrinks, what is left is the floor ladder.
OptimizerSettings fixed_settings(TrainingSize size, const SizeControl::Surroundings& surroundings) {
  SizeOptimizerConfig config;
  config.min_lq_size = config.max_lq_size = size.lq_size;
  config.min_batch_size = config.max_batch_size = size.batch_size;
  SizeControl::Surroundings unlimited = surroundings;
  unlimited.largest_lq_size = 0;  // small images are padded as configured
  return optimizer_settings(config, size, unlimited);
}

nlohmann::ordered_json rejected_json(const std::vector<RejectedSize>& rejected) {
  auto list = nlohmann::ordered_json::array();
  for (const RejectedSize& size : rejected) {
    list.push_back({{"lq_size", size.size.lq_size},
                    {"batch_size", size.size.batch_size},
                    {"reason", size.reason}});
  }
  return list;
}

SizeDecisionEvent to_event(const Decision& decision) {
  SizeDecisionEvent event;
  event.action = name_of(decision.action);
  event.reason = decision.reason;
  event.from = decision.from;
  event.to = decision.size;
  event.to_micro_batch = decision.micro_batch;
  event.usage = decision.usage;
  event.device_usage = decision.device_usage;
  event.predicted_usage = decision.predicted_usage;
  event.model = {{"fixed_bytes", decision.model.fixed_bytes},
                 {"bytes_per_lq_pixel", decision.model.bytes_per_lq_pixel},
                 {"reserve", decision.model.reserve}};
  event.rejected = rejected_json(decision.rejected);
  return event;
}

FailureReading failure_reading(const Attempt& attempt, std::int64_t step) {
  FailureReading failure;
  failure.step = step;
  failure.requested = attempt.out_of_memory ? attempt.out_of_memory->requested_bytes : 0;
  failure.live = attempt.memory.allocated;
  failure.reserved = attempt.memory.reserved;
  failure.fixed_lower = attempt.allocated_between_steps;
  failure.external = attempt.memory.external;
  failure.total = attempt.memory.total;
  failure.soft = attempt.worked_around;
  return failure;
}

}  // namespace

SizeControl::SizeControl(const Config& config, Surroundings surroundings)
    : dataset_(config.train_set),
      config_(config.size_optimizer),
      surroundings_(std::move(surroundings)),
      optimizer_(settings_for(configured_size(dataset_))),
      meter_(config_ ? config_->adjustment_frequency : 1,
             surroundings_.cuda ? kCudaWarmUpSteps : 0) {}

OptimizerSettings SizeControl::settings_for(TrainingSize size) const {
  return config_ ? optimizer_settings(*config_, size, surroundings_)
                 : fixed_settings(size, surroundings_);
}

void SizeControl::apply(RunState& state) const {
  state.size = optimizer_.size();
  state.micro_batch = optimizer_.micro_batch();
  state.adjustments = optimizer_.counters().adjustments;
}

void SizeControl::start(RunState& state) const {
  apply(state);
}

void SizeControl::before_step(RunState& state) {
  const ScheduledSize* current = nullptr;
  for (const ScheduledSize& entry : dataset_.size_schedule) {
    if (entry.step <= state.step) {
      current = &entry;  // entries are in the order of their steps; the last one of a step wins
    }
  }
  if (current == nullptr) {
    return;
  }
  const TrainingSize wanted{current->lq_size, current->batch_size};
  if (wanted != optimizer_.size()) {
    optimizer_ = DynamicBatchSizeOptimizer(settings_for(wanted));
  }
  apply(state);
  if (current->micro_batch > 0) {
    state.micro_batch = state.micro_batch > 0 ? std::min(state.micro_batch, current->micro_batch)
                                              : current->micro_batch;
  }
}

std::optional<SizeControl::Decided> SizeControl::after_commit(const MemoryReading& memory,
                                                              TrainingSize size, RunState& state) {
  if (!config_) {
    return std::nullopt;
  }
  committed_ = size;
  StepReading reading;
  reading.alloc_peak = memory.allocated_peak;
  reading.reserved_peak = memory.reserved_peak;
  reading.allocated = memory.allocated;
  reading.external = memory.external;
  reading.total = memory.total;
  reading.retries = static_cast<std::int64_t>(memory.retries);
  meter_.add(reading, size);
  if (!meter_.complete()) {
    return std::nullopt;
  }
  Decision decision = optimizer_.decide(meter_.take(), size);
  apply(state);
  return Decided{to_event(decision), std::move(decision.notices)};
}

OutOfMemoryEvent SizeControl::after_failure(const Attempt& attempt, RunState& state) {
  OutOfMemoryEvent event;
  event.where = attempt.where;
  event.size = state.size;
  event.micro_batch = state.micro_batch;
  event.requested_bytes = attempt.out_of_memory->requested_bytes;
  const Recovery recovery =
      optimizer_.after_failure(failure_reading(attempt, state.step), state.size);
  event.kind = name_of(recovery.kind);
  if (recovery.action == RecoveryAction::kGiveUp) {
    throw DoesNotFitError(recovery.reason);
  }
  if (recovery.action == RecoveryAction::kBenchmarkOff) {
    at::globalContext().setBenchmarkCuDNN(false);
  }
  if (recovery.action != RecoveryAction::kKeepStep) {
    apply(state);
  }
  event.to = state.size;
  event.to_micro_batch = state.micro_batch;
  return event;
}

std::optional<SizeDecisionEvent> SizeControl::after_library_error(const Attempt& attempt,
                                                                  RunState& state) {
  if (!committed_ || !covers(state.size, *committed_) || state.size == *committed_) {
    return std::nullopt;
  }
  const std::string& error = *attempt.library_error;
  FailureReading reading = failure_reading(attempt, state.step);
  reading.live = attempt.memory.allocated_peak;  // what was live is gone with the exception
  const Decision decision = optimizer_.after_library_limit(reading, state.size, *committed_,
                                                           error.substr(0, error.find('\n')));
  apply(state);
  return to_event(decision);
}

nlohmann::ordered_json SizeControl::save() const {
  return {{"dynamic", config_.has_value()},
          {"optimizer", optimizer_.state()},
          {"window", meter_.state()}};
}

void SizeControl::load(const nlohmann::ordered_json& saved, RunState& state) {
  require_same_kinds(saved, save(), "sizes");
  const bool was_dynamic = saved.value("dynamic", false);
  if (was_dynamic != config_.has_value()) {
    apply(state);  // the configuration was changed between fixed and dynamic sizes: it wins
    return;
  }
  if (!config_ && state.size != optimizer_.size()) {
    if (dataset_.size_schedule.empty()) {
      apply(state);  // edited sizes win
      return;
    }
    optimizer_ = DynamicBatchSizeOptimizer(settings_for(state.size));
  }
  if (optimizer_.restore(saved.at("optimizer"))) {
    meter_.restore(saved.at("window"));
  }
  if (surroundings_.cuda && !optimizer_.cudnn_benchmark()) {
    // A rung of the floor ladder that was given up stays given up.
    at::globalContext().setBenchmarkCuDNN(false);
  }
  apply(state);
}

}  // namespace sr
