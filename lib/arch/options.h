#pragma once

#include <optional>
#include <string>

#include "core/describe.h"

// What the options of networks share.

namespace sr::arch {

inline constexpr int kRgb = 3;          ///< channels of a frame
inline constexpr int kMostFrames = 99;  ///< of a clip
inline constexpr int kMostFeatures = 4096;
inline constexpr int kMostBlocks = 1024;
inline constexpr int kLargestKernel = 63;
inline constexpr double kLargestWidening = 64;

/// Legal input channels: 3 x frames of a clip.
inline Range input_channels() {
  return between(kRgb, kRgb * kMostFrames);
}
inline Range output_channels() {
  return between(kRgb, kRgb);
}
inline Range frames() {
  return between(1, kMostFrames);
}
inline Range features() {
  return between(1, kMostFeatures);
}
inline Range blocks() {
  return between(1, kMostBlocks);
}
/// Features inside a part of a block by those of the block.
inline Range widening() {
  return {.low = 0, .high = kLargestWidening, .low_open = true};
}

/// Why a network cannot be built. Options that have such combinations have
/// `std::optional<Impossible> impossible(int scale) const`.
struct Impossible {
  std::string option;  ///< the one to change; "scale" is the top-level one
  std::string reason;
};

/// For convolutions that keep the size.
inline std::optional<Impossible> even_kernel(int side) {
  if (side % 2 != 0) {
    return std::nullopt;
  }
  return Impossible{"kernel_size", "needs an odd number, got " + std::to_string(side)};
}

/// Of a clip that has no middle frame.
inline std::optional<Impossible> even_frames(const char* option, int frames) {
  if (frames % 2 != 0) {
    return std::nullopt;
  }
  return Impossible{option, "needs an odd number, so that there is a middle frame, got " +
                                std::to_string(frames)};
}

inline constexpr const char* kInputChannelsHelp = "Input channels: 3 (RGB) x `clip_size`.";
inline constexpr const char* kOutputChannelsHelp = "Output channels (RGB).";
inline constexpr const char* kFrameChannelsHelp = "Channels of a frame (RGB).";
inline constexpr const char* kFramesHelp =
    "Frames of a clip, of which the middle one is scaled up: the data sets' `clip_size`.";
inline constexpr const char* kRecomputeHelp =
    "Blocks keep their input alone and are computed again in backward: less memory, slower, the "
    "same weights. train.recompute sets it.";

}  // namespace sr::arch
