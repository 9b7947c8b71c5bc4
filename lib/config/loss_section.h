#pragma once

#include "config/config.h"
#include "fields/typed_section.h"

// One entry of train.losses: its type names a row of recipe::kLosses.

namespace sr::settings {

const TypedSection<LossConfig>& loss_section();
Node write_loss(const LossConfig& loss);
/// What is trained when the file says nothing.
std::vector<LossConfig> default_losses();

}  // namespace sr::settings
