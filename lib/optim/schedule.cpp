#include "optim/schedule.h"

#include "optim/schedule_forms.h"

namespace sr {

Schedule::Schedule(const TrainConfig& config, const OptimizerConfig& optimizer)
    : schedule_(optimizer.keeps_own_average() ? AnyOptions(recipe::ConstantOptions{})
                                              : config.scheduler.options),
      total_iter_(config.total_iter),
      warmup_iter_(config.warmup_iter),
      base_lr_(optimizer.lr) {}

double Schedule::at(std::int64_t step) const {
  double lr = base_lr_;
  with_options(recipe::kSchedules, schedule_, [&](const auto& schedule) {
    lr = rate_at(schedule, {step, total_iter_, base_lr_});
  });
  const bool warming_up = step + 1 < warmup_iter_;
  return warming_up ? lr * static_cast<double>(step + 1) / static_cast<double>(warmup_iter_) : lr;
}

}  // namespace sr
