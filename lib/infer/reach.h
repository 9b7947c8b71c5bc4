#pragma once

#include "arch/network_options.h"
#include "infer/tiling.h"

namespace sr {

/// How far a network looks and on which grid it works, LQ pixels. reach: what an output pixel
/// depends on lies at most this far from its own; nothing for a network that looks at the whole
/// image or wherever it has learned to (DySample). grid: a part of an image is treated as in the
/// whole when it begins at a multiple of this.
Surroundings surroundings_of(const arch::Options& options, int scale);

}  // namespace sr
