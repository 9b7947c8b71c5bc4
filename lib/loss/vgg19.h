#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "nn/feature_stack.h"

namespace sr {

/// The convolutions of torchvision's vgg19 (Simonyan & Zisserman 2015) as fixed feature maps.
/// Layers are named conv1_1, relu1_1, conv1_2, ..., pool5; a conv is taken before its ReLU. Throws
/// CheckpointError as FeatureStack, ConfigError for an unknown layer.
FeatureStack make_vgg19(const FeatureStack::Weights& weights,
                        const std::vector<std::string>& layers);

/// Shape of the weight of a convolution, [] for another layer; by its place in
/// recipe::vgg19_layers().
std::vector<std::int64_t> vgg19_weight_shape(std::size_t layer);

/// The weights in a file of torchvision's state dict. Throws ConfigError saying how to make the
/// file when there is none, CheckpointError when it cannot be read.
FeatureStack::Weights read_vgg19_weights(const std::string& file);

}  // namespace sr
