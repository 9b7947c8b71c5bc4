#pragma once

#include "config/config.h"
#include "yaml/findings.h"
#include "yaml/node.h"

// Degradation on the fly: settings of datasets.train that Real-ESRGAN and traiNNer-redux keep
// partly there and partly at the top level. Both places are read.

namespace sr::settings {

/// What realesrganpaireddataset is depends on whose file it is in: Real-ESRGAN's are pairs,
/// traiNNer-redux mixes pairs and degradation. It stays that type where degradation is asked for,
/// by high_order_degradation or dataroot_lq_prob, and becomes pairedimagedataset elsewhere.
void settle_paired_type(const Node& root, const Node& set, DatasetConfig& config,
                        Findings& findings);

/// Reads the settings of the data set's degradation from both places, and high_order_degradation.
/// Without a setting the value is Real-ESRGAN's, in a file of traiNNer-redux (writer_of()) that
/// trainer's. Says what has no effect, or is not available, with a data set that is not degraded.
void read_degradation(const Node& root, const Node& training_set, Config& config,
                      Findings& findings);

}  // namespace sr::settings
