#include "automation/floor_ladder.h"

#include <fmt/format.h>

#include "core/memory_shortage.h"

namespace sr {

namespace {

/// The message of exit code 5.
std::string does_not_fit(const FailureReading& failure, TrainingSize size, int micro_batch) {
  std::string text =
      fmt::format("out of memory at the smallest allowed size, lq_size {} x batch_size {}",
                  size.lq_size, size.batch_size);
  if (micro_batch > 0) {
    text += fmt::format(" in micro-batches of {}", micro_batch);
  }
  const MemoryShortage shortage{failure.live, failure.requested, failure.between_steps,
                                failure.external, failure.total};
  return text + table_of(shortage) +
         "\nLower min_lq_size or min_batch_size, use a smaller network, or raise memory_limit.";
}

}  // namespace

FloorLadder::FloorLadder(const SizeControllerSettings& settings)
    : micro_batches_allowed_(settings.micro_batches_allowed),
      cudnn_benchmark_(settings.cudnn_benchmark) {}

Recovery FloorLadder::next(const FailureReading& failure, TrainingSize smallest, bool retried) {
  Recovery recovery;
  recovery.size = smallest;
  recovery.micro_batch = micro_batch_;
  if (!retried) {
    recovery.action = RecoveryAction::kRetry;
    recovery.reason = "already at the smallest size: memory cleaned, same size once more";
    return recovery;
  }
  const int part = micro_batch_ > 0 ? micro_batch_ : smallest.batch_size;
  if (micro_batches_allowed_ && part > 1) {
    micro_batch_ = part / 2;
    started_ = MemorySituation{failure.external, failure.total};
    recovery.action = RecoveryAction::kMicroBatch;
    recovery.micro_batch = micro_batch_;
    recovery.reason = fmt::format(
        "already at the smallest size: {} of {} samples at a time, gradients accumulated",
        micro_batch_, smallest.batch_size);
    return recovery;
  }
  if (cudnn_benchmark_) {
    cudnn_benchmark_ = false;
    recovery.action = RecoveryAction::kBenchmarkOff;
    recovery.reason =
        "already at the smallest size: cuDNN without benchmark mode, which needs less workspace";
    return recovery;
  }
  recovery.action = RecoveryAction::kGiveUp;
  recovery.reason = does_not_fit(failure, smallest, micro_batch_);
  return recovery;
}

bool FloorLadder::release(MemorySituation now, std::int64_t margin) {
  if (!started_) {
    return false;
  }
  if (started_->external - now.external <= margin && now.total <= started_->total) {
    return false;
  }
  reset();
  return true;
}

Json FloorLadder::state() const {
  Json json{
      {"micro_batch", micro_batch_}, {"cudnn_benchmark", cudnn_benchmark_}, {"started", nullptr}};
  if (started_) {
    json["started"] = {{"external", started_->external}, {"total", started_->total}};
  }
  return json;
}

void FloorLadder::restore(const Json& state) {
  state.at("micro_batch").get_to(micro_batch_);
  cudnn_benchmark_ = cudnn_benchmark_ && state.at("cudnn_benchmark").get<bool>();
  started_.reset();
  if (const auto& started = state.at("started"); !started.is_null()) {
    started_ = MemorySituation{started.at("external").get<std::int64_t>(),
                               started.at("total").get<std::int64_t>()};
  }
}

}  // namespace sr
