#pragma once

#include "train/trained_network.h"

namespace sr {

/// How a run trains its generator and its discriminator. `scales_loss`: float16 does.
TrainedNetwork::Settings generator_settings(const Config& config, bool scales_loss);
TrainedNetwork::Settings discriminator_settings(const Config& config, bool scales_loss);

}  // namespace sr
