#pragma once

#include <limits>
#include <string>

namespace sr {

/// Legal numbers of a setting. The text is what messages and the documentation show.
struct Range {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool low_open = false;
  bool high_open = false;

  bool contains(double value) const;
  /// ">= 1", "0 to 1", "0 <= x < 1"; empty without bounds.
  std::string text() const;
};
Range at_least(double low);
Range more_than(double low);
Range between(double low, double high);  ///< both legal
Range below(double low, double high);    ///< low legal, high not

}  // namespace sr
