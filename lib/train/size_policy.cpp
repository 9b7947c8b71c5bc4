#include "train/size_policy.h"

#include <utility>

#include "train/controlled_sizes.h"
#include "train/fixed_sizes.h"

namespace sr {

std::unique_ptr<SizePolicy> make_size_policy(const Config& config, SizeSurroundings surroundings,
                                             Numerics& numerics) {
  const DatasetConfig& set = config.train_set;
  const TrainingSize configured{set.lq_size, set.batch_size_per_gpu};
  const SizeHost host{std::move(surroundings), numerics};
  if (config.size_optimizer) {
    return std::make_unique<ControlledSizes>(*config.size_optimizer, configured, host);
  }
  if (!set.size_schedule.empty()) {
    return std::make_unique<ScheduledSizes>(set.size_schedule, configured, host);
  }
  return std::make_unique<FixedSizes>(configured, host);
}

}  // namespace sr
