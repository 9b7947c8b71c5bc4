#pragma once

#include <cstdint>
#include <vector>

#include "data/item_order.h"

namespace sr::test {

/// The items of a pass in their order.
inline std::vector<std::uint64_t> pass_of(const ItemOrder& order, std::uint64_t pass) {
  std::vector<std::uint64_t> items;
  for (std::uint64_t place = 0; place < order.size(); ++place) {
    items.push_back(order.item(pass, place));
  }
  return items;
}

}  // namespace sr::test
