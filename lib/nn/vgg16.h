#pragma once

#include "nn/feature_stack.h"

namespace sr {

/// torchvision's vgg16 (Simonyan & Zisserman 2015) with `pool` between its five blocks; taken is
/// the last ReLU of each block.
FeatureStack::Design vgg16(const FeatureLayer& pool);

}  // namespace sr
