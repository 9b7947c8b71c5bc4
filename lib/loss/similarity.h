#pragma once

#include <array>

#include <ATen/core/Tensor.h>

#include "recipe/mssim_loss.h"

namespace sr {

/// The powers of the scales of MS-SSIM (Wang, Simoncelli & Bovik 2003), the finest first.
inline constexpr std::array<double, 5> kMsSsimPowers{0.0448, 0.2856, 0.3001, 0.2363, 0.1333};

/// What SSIM and its relatives compare, and how: planes in Gaussian windows of 11 pixels.
class Similarity {
 public:
  Similarity(bool luma, recipe::LumaSpace space);
  void to(at::Device device) { window_ = window_.to(device); }

  /// Images [N, 3, H, W] clamped to [0, 1], or their luma [N, 1, H, W]; contiguous.
  at::Tensor planes(const at::Tensor& images) const;
  /// Contrast and structure, times luminance when asked for, at every place of the window; where
  /// planes are smaller than it, zeros are around them.
  at::Tensor compare(const at::Tensor& x, const at::Tensor& y, bool luminance) const;

 private:
  bool luma_;
  recipe::LumaSpace space_;
  at::Tensor window_;
};

/// Planes for the next scale of MS-SSIM: means of 2 x 2 pixels, a zero beside an odd side.
at::Tensor next_scale(const at::Tensor& planes);

}  // namespace sr
