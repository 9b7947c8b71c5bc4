#include "config/validation_sets.h"

namespace sr {

std::vector<DatasetConfig> used_validation_sets(const Config& config) {
  return config.val.val_enabled ? config.val_sets : std::vector<DatasetConfig>{};
}

}  // namespace sr
