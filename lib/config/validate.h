#pragma once

#include "config/config.h"
#include "config/findings.h"
#include "config/node.h"

namespace sr::settings {

/// Rules between settings that are each in range. `root` tells where they stand.
void validate(const Config& config, const Node& root, Findings& findings);

/// Of them: a step has a number of samples that can be counted with, and the smallest crop of the
/// run is large enough for every loss.
void validate_sizes(const Config& config, const Node& root, Findings& findings);

}  // namespace sr::settings
