#pragma once

#include <functional>
#include <optional>

#include <ATen/core/Tensor.h>
#include <opencv2/core/mat.hpp>

#include "infer/tiling.h"
#include "nn/network.h"

namespace sr {

struct InferenceOptions {
  at::Device device = at::kCPU;
  bool channels_last = false;
  std::optional<at::ScalarType> autocast;
  int tile_size = 0;           ///< LQ pixels; 0 = the whole image at once
  Surroundings around_tile;    ///< of the network
  bool eight_flips = false;    ///< mean over the image's 8 flips and turns, at 8 times the cost
  std::function<bool()> stop;  ///< asked before each pass through the network: true throws Stopped
};

/// What a network made of an image.
struct ResolvedImage {
  cv::Mat image;
  bool recomputed = false;  ///< parts were not finite under autocast and were done again in fp32
  bool finite = true;       ///< false: the network gives NaN or Inf, which the image cannot show
};

/// One image through the network: RGB of any depth, or the stacked frames of a clip (as many
/// channels as the network takes), to an image scale times as large, values clamped to [0, 1].
/// `depth` CV_8U: times 255 and rounded, as the peers do before they measure; CV_32F: as they are.
/// May run out of memory. Throws Stopped when options.stop says so: a large image takes minutes.
ResolvedImage super_resolve(const Network& network, const cv::Mat& lq,
                            const InferenceOptions& options, int depth = CV_8U);

}  // namespace sr
