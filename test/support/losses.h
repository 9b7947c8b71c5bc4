#pragma once

#include <string_view>
#include <utility>

#include "config/config.h"
#include "recipe/losses.h"
#include "support/default_options.h"

namespace sr::test {

/// The name of the row that has these options.
template <typename O>
std::string_view loss_type() {
  return std::get<Row<O>>(recipe::kLosses).type;
}

/// An entry of train.losses.
template <typename O>
LossConfig loss_of(O options, double weight = 1) {
  return {
      .type = std::string(loss_type<O>()), .loss_weight = weight, .options = std::move(options)};
}

/// One with its defaults, by its name.
inline LossConfig loss_named(std::string_view type, double weight = 1) {
  return {.type = std::string(type),
          .loss_weight = weight,
          .options = default_options(recipe::kLosses, type)};
}

}  // namespace sr::test
