#pragma once

namespace sr {

/// Two numbers, low <= high, of which one between is drawn.
struct Interval {
  double low = 0;
  double high = 0;
  friend bool operator==(const Interval&, const Interval&) = default;
};

}  // namespace sr
