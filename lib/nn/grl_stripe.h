#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

#include "arch/grl.h"
#include "nn/window_attention.h"

namespace sr {

/// Stripes of one direction, and the anchors in them.
struct GrlStripe {
  Window window, anchors;
  Window shift;        ///< of blocks that shift them, pixels
  at::Tensor offsets;  ///< of pixels and anchors, [relative positions, 2]
  at::Tensor of_anchors,
      of_pixels;  ///< rows of offsets: of what anchors look at, of what pixels do
};

/// In an image of this size, a multiple of GrlOptions::grid(). `turned`: of blocks
/// whose stripes lie across those of the others.
GrlStripe grl_stripe(const arch::GrlOptions& options, bool turned, std::int64_t height,
                     std::int64_t width, at::Device device);

/// Of the pixels of a window, [relative positions, 2].
at::Tensor grl_window_offsets(const arch::GrlOptions& options);

}  // namespace sr
