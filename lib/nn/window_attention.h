#pragma once

#include <cstdint>
#include <functional>

#include <ATen/core/Tensor.h>

// Attention within windows of an image, as SwinIR and the networks made of it have it (Liu et al.,
// 2021). Pixels are [N, H, W, C], windows [N * windows, pixels of a window, C], row by row.

namespace sr {

struct Window {
  std::int64_t height = 8, width = 8;
  std::int64_t area() const { return height * width; }
};

/// `pixels` cut into windows; H and W are multiples of the window's sides.
at::Tensor to_windows(const at::Tensor& pixels, Window window);
/// The pixels again; `sizes` are those of the pixels, of which the last is not read.
at::Tensor from_windows(const at::Tensor& windows, Window window, at::IntArrayRef sizes);

/// Windows whose pixels are equally far apart over a part of the image, which is cut into
/// `parts` x `parts`: first all of one part. H and W are multiples of parts times the window's
/// sides. (Park and Cho, 2023: dilated windows.)
at::Tensor to_spread_windows(const at::Tensor& pixels, Window window, std::int64_t parts);
at::Tensor from_spread_windows(const at::Tensor& windows, Window window, std::int64_t parts,
                               at::IntArrayRef sizes);

/// Pixels [N, H, W, D] of what `attention` makes of the windows of `pixels`: [B, area, C] to
/// [B, area, D]. Shifted windows lie half a window further down and right and go on at the other
/// end. `spread_parts`: 0, or the parts of to_spread_windows().
at::Tensor in_windows(const at::Tensor& pixels, Window window, bool shifted,
                      const std::function<at::Tensor(const at::Tensor& windows)>& attention,
                      std::int64_t spread_parts = 0);

/// For each pair of a window's pixels and those of another with the same first pixel, which they
/// see, the row in a table of (a + b - 1) (c + d - 1) relative positions, of heights a and b and
/// widths c and d: int64 [area, area].
at::Tensor relative_positions(Window window, Window seen, at::Device device = at::kCPU);
inline at::Tensor relative_positions(Window window) {
  return relative_positions(window, window);
}

/// The same for pixels of a square window and those of a larger one around it, as HAT numbers them:
/// [side^2, larger^2], negative numbers count from the end of the table of (side + larger - 1)^2.
at::Tensor overlapping_positions(std::int64_t side, std::int64_t larger);

/// Between pixels of one window in an image that was rolled up and left by half a window: 0, or
/// -100 for two that were not neighbours before. [windows, area, area], float32 on `device`.
at::Tensor shift_mask(std::int64_t height, std::int64_t width, Window window, at::Device device);

/// The same for pixels that see those of an image that is `factor` times as small, both rolled by
/// `shift` of their pixels, in windows with `factor` times as many a side: [windows, area, area /
/// factor^2]. Along a side on which the small image is not rolled all of its pixels are in the last
/// part.
struct ShrunkWindows {
  Window window, shift;
  std::int64_t factor = 1;
};
at::Tensor shrunk_shift_mask(std::int64_t height, std::int64_t width, const ShrunkWindows& windows,
                             at::Device device);

/// DWT's, as its weights were trained with it: that of windows of neighbouring pixels, in the order
/// of the spread windows' parts.
at::Tensor spread_shift_mask(std::int64_t height, std::int64_t width, Window window,
                             std::int64_t parts, at::Device device);

/// SRFormer's: windows of `side` pixels whose keys have half as many a side. positions: int64
/// [side^2, side^2 / 4], rows of a table of (side - 1)^2; mask: [windows, side^2, side^2 / 4].
at::Tensor permuted_positions(std::int64_t side);
at::Tensor permuted_shift_mask(std::int64_t height, std::int64_t width, std::int64_t side,
                               at::Device device);

/// The rows of `table` [positions, heads] for pairs [n, m] of pixels: [heads, n, m]. Its gradient
/// is summed in a fixed order on any device.
at::Tensor position_bias(const at::Tensor& table, const at::Tensor& positions);

/// softmax(queries keys^T + bias + mask) values. Queries [B, heads, n, d], keys and values
/// [B, heads, m, d], bias [heads, n, m] or undefined; mask [windows, n, m], where B is a multiple
/// of windows, or undefined.
at::Tensor attend(const at::Tensor& queries, const at::Tensor& keys, const at::Tensor& values,
                  const at::Tensor& bias, const at::Tensor& mask);

/// softmax(scores + bias + mask) values, as above; scores [B, heads, n, m] may be written to.
at::Tensor attend_by_scores(const at::Tensor& scores, const at::Tensor& values,
                            const at::Tensor& bias, const at::Tensor& mask);

/// v / max(|v|, 1e-12) along the last axis.
at::Tensor of_length_one(const at::Tensor& vectors);

/// Attention of features instead of pixels (El-Nouby et al., 2021): softmax(temperature q k^T)
/// values, where q and k are queries and keys of length 1 along the pixels. All three [B, heads, d,
/// pixels], temperature [heads, 1, 1].
at::Tensor attend_features(const at::Tensor& queries, const at::Tensor& keys,
                           const at::Tensor& values, const at::Tensor& temperature);

}  // namespace sr
