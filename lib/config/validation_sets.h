#pragma once

#include <vector>

#include "config/config.h"

namespace sr {

/// The validation sets that are read: none with val_enabled: false, as templates name folders that
/// are not there.
std::vector<DatasetConfig> used_validation_sets(const Config& config);

}  // namespace sr
