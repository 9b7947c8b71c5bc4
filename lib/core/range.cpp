#include "core/range.h"

#include <fmt/format.h>

namespace sr {

bool Range::contains(double value) const {
  return (low_open ? value > low : value >= low) && (high_open ? value < high : value <= high);
}

std::string Range::text() const {
  const bool has_low = low != -std::numeric_limits<double>::infinity();
  const bool has_high = high != std::numeric_limits<double>::infinity();
  if (has_low && low == high) {
    return fmt::format("{}", low);
  }
  if (has_low && has_high) {
    return low_open || high_open ? fmt::format("{} {} x {} {}", low,
                                               low_open ? "<" : "<=", high_open ? "<" : "<=", high)
                                 : fmt::format("{} to {}", low, high);
  }
  return has_low ? fmt::format("{} {}", low_open ? ">" : ">=", low) : "";
}

Range at_least(double low) {
  return {.low = low};
}
Range more_than(double low) {
  return {.low = low, .low_open = true};
}
Range between(double low, double high) {
  return {.low = low, .high = high};
}
Range below(double low, double high) {
  return {.low = low, .high = high, .high_open = true};
}

}  // namespace sr
