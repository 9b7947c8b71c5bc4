#pragma once

#include <cstdint>
#include <memory>

#include "arch/dwt.h"
#include "nn/network.h"

namespace sr {

/// DWT (Park and Cho, 2023, "Image Super-Resolution Using Dilated Window Transformer";
/// traiNNer-redux `DWT`): SwinIR whose groups shift every second block's windows as SwinIR does, or
/// spread them: a window's pixels are then equally far apart over a part of the image, of which
/// there are one or several (arch::DwtOptions::layer_kinds). Sides are padded by reflection to
/// multiples of two windows, or of as many as all parts are.
///
/// The mask of spread windows is the source's: that of the windows of neighbouring pixels that have
/// the same numbers, part by part, so that it hides other pixels from each other than were brought
/// together by the shift. Weights are trained with it. Weight files also hold the buffers
/// `relative_position_index` and `attn_mask`, which are not read.
std::unique_ptr<Network> make_network(const arch::DwtOptions& options, int scale,
                                      std::uint64_t seed);

}  // namespace sr
