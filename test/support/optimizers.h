#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/config.h"
#include "recipe/optimizers.h"
#include "recipe/schedules.h"
#include "support/default_options.h"

namespace sr::test {

/// An optimizer of these options.
template <typename O>
OptimizerConfig optimizer_of(O options, double weight_decay = 0) {
  return {.type = std::string(std::get<Row<O>>(recipe::kOptimizers).type),
          .weight_decay = weight_decay,
          .options = std::move(options)};
}

/// One with its defaults, by its name.
inline OptimizerConfig optimizer_named(std::string_view type, double weight_decay = 0) {
  return {.type = std::string(type),
          .weight_decay = weight_decay,
          .options = default_options(recipe::kOptimizers, type)};
}

template <typename O>
SchedulerConfig schedule_of(O options) {
  return {std::string(std::get<Row<O>>(recipe::kSchedules).type), std::move(options)};
}

inline std::vector<std::string> optimizer_types() {
  std::vector<std::string> types;
  for_each_row(recipe::kOptimizers, [&](const auto& row) { types.emplace_back(row.type); });
  return types;
}

}  // namespace sr::test
