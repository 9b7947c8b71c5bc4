#include "config/optimization_sections.h"

#include "recipe/optimizers.h"
#include "recipe/schedules.h"

namespace sr::settings {

const TypedSection<OptimizerConfig>& optimizer_section() {
  using O = OptimizerConfig;
  static const TypedSection<O> kSection(
      Fields<O>{
          type_field(TypeKind::kOptimizer, &O::type, "The update rule."),
          number("lr", &O::lr, more_than(0), "Learning rate before schedule and warm-up.")
              .default_is("0.0002; required with SGD, Muon"),
          number("weight_decay", &O::weight_decay, at_least(0), "Pull of the weights towards 0."),
      },
      options_tables(recipe::kOptimizers));
  return kSection;
}

const TypedSection<SchedulerConfig>& scheduler_section() {
  using S = SchedulerConfig;
  static const TypedSection<S> kSection(
      Fields<S>{type_field(TypeKind::kScheduler, &S::type,
                           "The learning rate as a function of the step.")},
      options_tables(recipe::kSchedules));
  return kSection;
}

}  // namespace sr::settings
