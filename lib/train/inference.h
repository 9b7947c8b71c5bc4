#pragma once

#include <optional>

#include <ATen/core/Tensor.h>
#include <opencv2/core/mat.hpp>

#include "nn/network.h"

namespace sr {

struct InferenceOptions {
  at::Device device = at::kCPU;
  bool channels_last = false;
  std::optional<at::ScalarType> autocast;
  int tile_size = 0;     ///< LQ pixels; 0 = the whole image at once
  int tile_overlap = 8;  ///< LQ pixels of context around each tile, computed and thrown away
};

/// One image through the network: RGB of any depth, or the stacked frames of a clip (as many
/// channels as the network takes), to 8-bit RGB, scale times as large, values clamped and rounded
/// as the peers do before they measure. May run out of memory.
cv::Mat super_resolve(const Network& network, const cv::Mat& lq, const InferenceOptions& options);

}  // namespace sr
