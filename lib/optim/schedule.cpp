#include "optim/schedule.h"

#include "optim/schedule_forms.h"

namespace sr {

Schedule::Schedule(const TrainConfig& config, const OptimizerConfig& optimizer)
    : schedule_(optimizer.keeps_own_average() ? AnyOptions(recipe::ConstantOptions{})
                                              : config.scheduler.options),
      scale_(schedule_scale(config)),
      warmup_(config.warmup_iter),
      base_lr_(optimizer.lr) {}

double Schedule::at(double position) const {
  double lr = base_lr_;
  with_options(recipe::kSchedules, schedule_, [&](const auto& schedule) {
    lr = rate_at(schedule, {position, scale_.total, scale_.tick, base_lr_});
  });
  const double end = position + scale_.tick;
  return end < warmup_ ? lr * end / warmup_ : lr;
}

}  // namespace sr
