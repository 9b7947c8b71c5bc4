#pragma once

#include <cstdint>
#include <span>

#include <opencv2/core/mat.hpp>

namespace sr {

/// Flips and transpose of one sample, applied in this order: horizontal, vertical, transpose.
struct Augmentation {
  bool flip_horizontal = false;
  bool flip_vertical = false;
  bool transpose = false;
};

/// Pads to at least width x height (right and bottom) by symmetric reflection with the edge pixel
/// repeated, as often as needed. LR and GT padded to sizes in the ratio of the scale stay aligned.
/// Returns the image itself if nothing is missing.
cv::Mat pad_symmetric(const cv::Mat& image, int width, int height);

/// Where the three values of a pixel lie in a packed side x side x channels destination.
struct PatchPlace {
  int channels = 3;       ///< values of a pixel, a multiple of 3
  int first_channel = 0;  ///< of this image's R, a multiple of 3
};

/// Copies the square crop (x, y, side), augmented, into a tightly packed uint8 destination of
/// side x side x place.channels values (row-major HWC). The image must be CV_8U and contain the
/// crop. No allocation.
void copy_patch(const cv::Mat& image, cv::Rect crop, Augmentation augmentation,
                std::span<std::uint8_t> destination, PatchPlace place = {});

/// The same into floats in [0, 1], from any of the three depths.
void copy_patch(const cv::Mat& image, cv::Rect crop, Augmentation augmentation,
                std::span<float> destination, PatchPlace place = {});

/// A square of an image that continues beyond its borders by symmetric reflection (as in
/// pad_symmetric, to all sides), augmented, as floats in [0, 1] from any of the three depths.
cv::Mat reflected_patch(const cv::Mat& image, cv::Rect square, Augmentation augmentation);

}  // namespace sr
