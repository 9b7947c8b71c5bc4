#pragma once

#include "config/config.h"
#include "config/findings.h"
#include "config/node.h"

namespace sr::settings {

/// Rules between settings that are each in range. `root` tells where they stand.
void validate(const Config& config, const Node& root, Findings& findings);

}  // namespace sr::settings
