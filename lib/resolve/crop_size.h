#pragma once

#include "config/config.h"
#include "yaml/findings.h"
#include "yaml/node.h"

namespace sr::settings {

/// Sets lq_size of the training set from its gt_size, where that is given instead, or from the
/// gt_size that Real-ESRGAN's options have at the top level. The data set's type, its lq_size and
/// the scale have been read.
void resolve_lq_size(const Node& root, const Node& training_set, Config& config,
                     Findings& findings);

}  // namespace sr::settings
