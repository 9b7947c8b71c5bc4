#pragma once

#include <string>

#include "yaml/findings.h"
#include "yaml/node.h"

namespace sr::settings {

/// Puts "key.path=value" into the tree, so that it is read and checked like the file. The path goes
/// through sections by key and through lists by index ("train.losses.0.loss_weight"); missing
/// sections are made, the index one past the end appends. The value is YAML: [a, b] is a list,
/// nothing after '=' unsets the key.
void apply_override(Node& root, const std::string& assignment, Findings& findings);

}  // namespace sr::settings
