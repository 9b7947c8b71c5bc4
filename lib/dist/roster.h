#pragma once

#include <string>
#include <vector>

#include "dist/place.h"

namespace sr {

/// Who the ranks of a run are.
struct Roster {
  Place place;                     ///< this rank's
  std::vector<std::string> hosts;  ///< by rank; empty until the ranks have met

  /// "rank 1 on gpu07".
  std::string name_of(int rank) const;
  /// Each host once, in the order of ranks.
  std::vector<std::string> distinct_hosts() const;
};

}  // namespace sr
