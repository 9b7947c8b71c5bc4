#pragma once

#include "arch/network_options.h"
#include "config/config.h"
#include "yaml/findings.h"
#include "yaml/node.h"

// Frames of a clip: what the data sets give and what the network takes.

namespace sr::settings {

/// The option that says how many frames the clips of a network have; null where input channels do.
const char* frames_option(const arch::Options& options);

/// Data sets whose clip_size is not given get as many frames as a network with such an option
/// takes. Needs data sets and network.
void settle_clips(const Node& root, Config& config, Findings& findings);

}  // namespace sr::settings
