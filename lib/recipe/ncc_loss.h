#pragma once

#include "recipe/options.h"

namespace sr::recipe {

/// Normalised cross-correlation, as in traiNNer-redux and neosr: half of 1 - r, with r the mean
/// over samples and channels of Pearson's correlation of output and gt. A plane of one colour has r
/// = 0.
struct NccOptions : NoOptions {
  static int smallest_side() { return 2; }
};
std::unique_ptr<Loss> make_loss(const NccOptions& options);

}  // namespace sr::recipe
