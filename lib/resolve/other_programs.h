#pragma once

#include "config/config.h"
#include "yaml/findings.h"

namespace sr::settings {

/// A warning when the weights of network_g cannot be read, or are misread, by spandrel, the library
/// by which chaiNNer, ComfyUI and others read weights (as of its version 0.4.2).
void warn_of_unreadable_weights(const Config& config, Findings& findings);

}  // namespace sr::settings
