#pragma once

#include <algorithm>
#include <utility>

#include "data/sampler.h"
#include "data/test_images.h"

namespace sr::test {

/// Coordinate folded back into [0, side) by symmetric reflection.
inline int folded(int at, int side) {
  const int period = at % (2 * side);
  return period < side ? period : 2 * side - 1 - period;
}

/// Which pixel of a coded image (LQ sides `lq`, `scale` 1 for LQ itself) belongs at (row, column)
/// of a sample's patch: the stated rules applied backwards, pixel by pixel.
inline cv::Vec3b expected_pixel(const SampleDescriptor& sample, cv::Size lq, int lq_size, int scale,
                                cv::Point at) {
  const int side = lq_size * scale;
  const int x0 = static_cast<int>(sample.u * (std::max(lq.width, lq_size) - lq_size + 1)) * scale;
  const int y0 = static_cast<int>(sample.v * (std::max(lq.height, lq_size) - lq_size + 1)) * scale;
  int row = at.y;
  int column = at.x;
  if (sample.augmentation.transpose) {
    std::swap(row, column);
  }
  if (sample.augmentation.flip_vertical) {
    row = side - 1 - row;
  }
  if (sample.augmentation.flip_horizontal) {
    column = side - 1 - column;
  }
  return coded_pixel(folded(x0 + column, lq.width * scale), folded(y0 + row, lq.height * scale),
                     scale, static_cast<int>(sample.image));
}

/// How many pixels of a packed side x side x 3 patch are not the expected ones.
inline int wrong_pixels(const std::uint8_t* patch, const SampleDescriptor& sample, cv::Size lq,
                        int lq_size, int scale) {
  int wrong = 0;
  const int side = lq_size * scale;
  for (int row = 0; row < side; ++row) {
    for (int column = 0; column < side; ++column, patch += 3) {
      const cv::Vec3b pixel(patch[0], patch[1], patch[2]);
      wrong += pixel == expected_pixel(sample, lq, lq_size, scale, {column, row}) ? 0 : 1;
    }
  }
  return wrong;
}

}  // namespace sr::test
