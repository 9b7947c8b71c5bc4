#pragma once

#include <array>

#include <ATen/core/Tensor.h>

// Colour spaces as differentiable functions of RGB images [N, 3, H, W] in [0, 1]. Weights are
// plain numbers, so nothing is copied to the device.

namespace sr {

using ChannelWeights = std::array<double, 3>;  ///< of R, G and B

/// Luma of NTSC (YIQ): the Y of BT.601 in full range.
inline constexpr ChannelWeights kYiqLuma{0.299, 0.587, 0.114};

/// The weighted sum of the three channels: [N, 1, H, W].
at::Tensor weighted_channels(const at::Tensor& images, const ChannelWeights& weights);

/// Linear light of sRGB (IEC 61966-2-1).
at::Tensor linear_rgb(const at::Tensor& images);

/// CIE L* / 100 of sRGB images: [N, 1, H, W] in [0, 1].
at::Tensor lightness(const at::Tensor& images);

/// a and b of Oklab (Ottosson 2020): [N, 2, H, W], about -0.4 to 0.4; images above 0.
at::Tensor oklab_chroma(const at::Tensor& images);

/// HSLuv (https://www.hsluv.org), each [N, 1, H, W] in [0, 1]; the hue of gray is 0.
struct Hsluv {
  at::Tensor hue;  ///< in turns
  at::Tensor saturation;
  at::Tensor lightness;
};
Hsluv hsluv(const at::Tensor& images);

}  // namespace sr
