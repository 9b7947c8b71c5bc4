#pragma once

#include "core/describe.h"

// What the options of networks share.

namespace sr::arch {

inline constexpr int kRgb = 3;          ///< channels of a frame
inline constexpr int kMostFrames = 99;  ///< of a clip
inline constexpr int kMostFeatures = 4096;
inline constexpr int kMostBlocks = 1024;
inline constexpr int kLargestKernel = 63;

/// Legal input channels: 3 x frames of a clip.
inline Range input_channels() {
  return between(kRgb, kRgb * kMostFrames);
}
inline Range output_channels() {
  return between(kRgb, kRgb);
}
inline Range features() {
  return between(1, kMostFeatures);
}
inline Range blocks() {
  return between(1, kMostBlocks);
}

inline constexpr const char* kInputChannelsHelp = "Input channels: 3 (RGB) x `clip_size`.";
inline constexpr const char* kOutputChannelsHelp = "Output channels (RGB).";

}  // namespace sr::arch
