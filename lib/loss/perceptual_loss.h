#pragma once

#include <memory>

#include "loss/loss.h"
#include "loss/vgg19.h"

namespace sr {

/// Perceptual loss (Johnson, Alahi & Fei-Fei 2016): the criterion of VGG19's feature maps of output
/// and gt, summed with layer_weights, times perceptual_weight; plus, with style_weight, that of
/// their Gram matrices. Reads the file `weights`: errors as read_vgg19_weights() and Vgg19.
std::unique_ptr<Loss> make_perceptual_loss(const LossConfig& config);

/// The same with weights that are at hand.
std::unique_ptr<Loss> make_perceptual_loss(const LossConfig& config, const Vgg19::Weights& weights);

}  // namespace sr
