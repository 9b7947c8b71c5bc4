#pragma once

#include "config/config.h"
#include "yaml/findings.h"
#include "yaml/node.h"

// Files that were written for another trainer: what tells them, and where a setting that such a
// file leaves out has another value there than here.

namespace sr::settings {

enum class Writer { kOwn, kRedux, kBasicSr };

/// The trainer that a file was written for, by keys without which that trainer does not start:
/// `model_type` is BasicSR's and Real-ESRGAN's; `num_gpu`, or `high_order_degradation: true`,
/// without it is traiNNer-redux's. A file with none of them is for this program.
Writer writer_of(const Node& root);

/// traiNNer-redux's defaults of degradation on the fly (its ReduxOptions and DatasetOptions).
DegradationConfig redux_degradation();

/// One notice that lists the settings which the file leaves out and whose value differs from that
/// of the trainer the file is for; nothing for a file of this program.
void tell_peer_defaults(const Node& root, const Config& config, Findings& findings);

}  // namespace sr::settings
