#pragma once

#include "yaml/findings.h"
#include "yaml/node.h"

// Networks that another trainer describes in words of its own.

namespace sr::settings {

/// BasicSR's words of RCAN (num_group, num_block, squeeze_factor, img_range ...) in network_g and
/// network_g_teacher become those of traiNNer-redux, with `norm`, as BasicSR always takes the mean
/// colour off. Said once.
void translate_rcan(Node& root, Findings& findings);

}  // namespace sr::settings
