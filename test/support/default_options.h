#pragma once

#include <string_view>
#include <tuple>

#include "core/catalogue.h"

namespace sr::test {

/// The defaults of the row of this name; empty when there is none.
template <typename... O>
AnyOptions default_options(const std::tuple<Row<O>...>& catalogue, std::string_view type) {
  AnyOptions found;
  for_each_row(catalogue, [&]<typename Own>(const Row<Own>& row) {
    if (row.type == type) {
      found = Own{};
    }
  });
  return found;
}

}  // namespace sr::test
