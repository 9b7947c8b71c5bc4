#pragma once

#include <string>
#include <vector>

#include "config/config.h"
#include "data/pairs.h"

namespace sr {

/// What the checks of a data set's files ask for.
struct PairRules {
  int scale = 2;
  bool training = true;  ///< GT must be LQ x scale exactly; in validation the larger one is cropped
  Preflight preflight{};
};

/// Findings about the files of one data set, one line each.
struct PairFindings {
  std::vector<std::string> problems;  ///< the set cannot be used
  std::vector<std::string> warnings;
};

/// Reads the header of every file (preflight.deep: decodes it) in parallel and fills in the LQ
/// sides. The findings are in the order of the pairs. The sides of a pair with a problem are 0.
PairFindings check_pairs(std::vector<ImagePair>& pairs, const PairRules& rules);

}  // namespace sr
