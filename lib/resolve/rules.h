#pragma once

#include "config/config.h"
#include "yaml/findings.h"
#include "yaml/node.h"

// Rules between settings that are each in range. `root` tells where they stand.

namespace sr::settings {

/// All of them.
void check_rules(const Config& config, const Node& root, Findings& findings);

/// A step has a number of samples that can be counted with, and the smallest crop of the run is
/// large enough for every loss.
void check_sizes(const Config& config, const Node& root, Findings& findings);

/// Validation sets have folders of their own: their names can be such, and no two are equal but for
/// case or the Unicode form of letters, which some file systems do not tell apart.
void check_names(const Config& config, const Node& root, Findings& findings);

/// network_g_teacher sees and makes the images of network_g, has weights, and train.eco has a
/// teacher and a length.
void check_teacher(const Config& config, const Node& root, Findings& findings);

/// Says which settings have no effect because what they belong to is off.
void tell_what_is_off(const Config& config, const Node& root, Findings& findings);

}  // namespace sr::settings
