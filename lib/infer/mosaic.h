#pragma once

#include <ATen/core/Tensor.h>
#include <opencv2/core/mat.hpp>

#include "infer/tiling.h"

namespace sr {

/// Puts an image together from its tiles, which come row by row. No more than the ramps of one row
/// of tiles are kept as floats.
class Mosaic {
 public:
  Mosaic(const Tiling& rows, const Tiling& columns, int scale, int depth);

  /// What is kept of tile (row, column), scaled up: [1, channels, height, width] float.
  void add(std::size_t row, std::size_t column, at::Tensor kept);
  const cv::Mat& image() const { return image_; }

 private:
  void blend_with_left(std::size_t column, at::Tensor& piece);
  void blend_with_above(std::size_t row, std::size_t column, at::Tensor& piece);
  void store(const at::Tensor& piece, int y, int x);

  const Tiling& rows_;
  const Tiling& columns_;
  int scale_;
  int depth_;
  at::Tensor left_;   ///< the right ramp of the tile before
  at::Tensor above_;  ///< the bottom ramps of the row above, all columns
  cv::Mat image_;
};

}  // namespace sr
