#include "optim/schedule.h"

#include <string>

#include "core/error.h"

namespace sr {
namespace {

ScheduleForm find_form(std::string_view type) {
  std::string known;
  for (const ScheduleEntry& entry : schedule_forms()) {
    if (entry.type == type) {
      return entry.form;
    }
    known += (known.empty() ? "" : ", ") + std::string(entry.type);
  }
  throw ConfigError("scheduler: type: '" + std::string(type) + "' is not one of " + known);
}

}  // namespace

Schedule::Schedule(const TrainConfig& config, const OptimizerConfig& optimizer)
    : scheduler_(config.scheduler),
      form_(find_form(optimizer.keeps_own_average() ? "ConstantLR" : scheduler_.type)),
      total_iter_(config.total_iter),
      warmup_iter_(config.warmup_iter),
      base_lr_(optimizer.lr) {}

double Schedule::at(std::int64_t step) const {
  const double lr = form_(scheduler_, {step, total_iter_, base_lr_});
  const bool warming_up = step + 1 < warmup_iter_;
  return warming_up ? lr * static_cast<double>(step + 1) / static_cast<double>(warmup_iter_) : lr;
}

}  // namespace sr
