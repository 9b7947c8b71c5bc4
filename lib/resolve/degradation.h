#pragma once

#include "config/config.h"
#include "yaml/findings.h"
#include "yaml/node.h"

// Degradation on the fly: settings of datasets.train that Real-ESRGAN and traiNNer-redux keep
// partly there and partly at the top level. Both places are read.

namespace sr::settings {

/// Reads the settings of the data set's degradation from both places, and high_order_degradation.
/// Without a setting the value is Real-ESRGAN's, in a file of traiNNer-redux (writer_of()) that
/// trainer's. Says what has no effect, or is not available, with a data set that is not degraded.
void read_degradation(const Node& root, const Node& training_set, Config& config,
                      Findings& findings);

}  // namespace sr::settings
