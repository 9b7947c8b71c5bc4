#pragma once

// What the options of networks of blocks share.

namespace sr::arch {

inline constexpr const char* kNoDropout = "Dropout, which no published network uses: 0 alone.";
inline constexpr const char* kFrozenStatisticsHelp =
    "Training normalises by the running averages of BatchNorm, as validation does, and leaves them "
    "alone: for fine-tuning and batches of one sample.";

}  // namespace sr::arch
