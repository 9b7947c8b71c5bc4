#pragma once

#include <ATen/core/Tensor.h>

namespace sr {

/// `images` [N, C, H, W] as seen from where `flow` [N, 2, H, W] points: the pixel at (x, y) is
/// that at (x + flow 0, y + flow 1), in pixels, between four pixels by bilinear weights; what lies
/// outside is the nearest pixel of the edge. float32 at least.
///
/// With gradients it is made of the four pixels as traiNNer-redux makes it, so that a place on a
/// pixel has the slope to the right and below, and the gradient of a flow is summed in a fixed
/// order on any device; without them LibTorch samples the same places.
at::Tensor warped(const at::Tensor& images, const at::Tensor& flow);

}  // namespace sr
