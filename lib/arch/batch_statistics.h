#pragma once

namespace sr::arch {

/// Of networks with batch normalisation.
inline constexpr const char* kFrozenStatisticsHelp =
    "Training normalises by the running averages of BatchNorm, as validation does, and leaves them "
    "alone: for fine-tuning and batches of one sample.";

}  // namespace sr::arch
