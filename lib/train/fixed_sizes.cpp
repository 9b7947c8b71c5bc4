#include "train/fixed_sizes.h"

#include <algorithm>
#include <utility>

#include "train/saved_json.h"

namespace sr {
namespace {

/// Only this size is legal: nothing grows or shrinks, what is left is the floor ladder.
SizeControllerSettings settings_for(TrainingSize size, const SizeHost& host) {
  SizeOptimizerOptions config;
  config.min_lq_size = config.max_lq_size = size.lq_size;
  config.min_batch_size = config.max_batch_size = size.batch_size;
  SizeHost unlimited = host;
  unlimited.surroundings.largest_lq_size = 0;  // small images are padded as configured
  return controller_settings(config, size, unlimited);
}

}  // namespace

FixedSizes::FixedSizes(TrainingSize configured, SizeHost host)
    : FallbackSizes(host, settings_for(configured, host), /*window=*/1) {}

void FixedSizes::start_at(TrainingSize size) {
  controller() = DynamicBatchSizeOptimizer(settings_for(size, host()));
}

void FixedSizes::load(const nlohmann::ordered_json& saved, const StepSize& last) {
  require_same_kinds(saved, save(), "sizes");
  if (saved.value("dynamic", false)) {
    return;  // the configuration was changed between fixed and dynamic sizes: it wins
  }
  if (last.size == now().size || follow(last.size)) {
    restore(saved);
  }
}

ScheduledSizes::ScheduledSizes(const std::vector<ScheduledSize>& schedule, TrainingSize configured,
                               SizeHost host)
    : FixedSizes(configured, std::move(host)),
      schedule_(schedule),
      before_{.lq_size = configured.lq_size, .batch_size = configured.batch_size} {}

StepSize ScheduledSizes::next(std::int64_t step) {
  const ScheduledSize* current = &before_;
  for (const ScheduledSize& entry : schedule_) {
    if (entry.step <= step) {
      current = &entry;
    }
  }
  const TrainingSize wanted{current->lq_size, current->batch_size};
  if (wanted != now().size) {
    start_at(wanted);
  }
  most_in_a_piece_ = current->micro_batch;
  recompute_ = current->recompute;
  return now();
}

StepSize ScheduledSizes::now() const {
  StepSize size = FallbackSizes::now();
  size.recompute = size.recompute || recompute_;
  if (most_in_a_piece_ > 0) {
    size.micro_batch =
        size.micro_batch > 0 ? std::min(size.micro_batch, most_in_a_piece_) : most_in_a_piece_;
  }
  return size;
}

bool ScheduledSizes::follow(TrainingSize saved) {
  start_at(saved);
  return true;
}

}  // namespace sr
