#pragma once

#include <cstdint>

#include <opencv2/core/mat.hpp>

namespace sr {

/// Noise on one image. Pixel i of channel c always gets the same random number, whatever came
/// before.
struct NoiseField {
  std::uint64_t key = 0;  ///< of its random numbers
  bool gray = false;      ///< the same for all channels
};

/// Number `index` (0 to 65535) of 65536 standard normal deviates of equal probability, in ascending
/// order: the quantile at (index + 1/2) / 65536. They reach from -4.3 to 4.3.
float normal_quantile(std::uint32_t index);

/// Adds Gaussian noise of standard deviation sigma (levels of 255) to a CV_32FC3 image in 0..1 and
/// clamps it. In place.
void add_gaussian_noise(cv::Mat& image, double sigma, const NoiseField& field);

/// Adds scale x (P / n - v) to a CV_32FC3 image in 0..1 and clamps it, in place: v is the value in
/// 8 bits (gray: of the luma 0.2989 R + 0.587 G + 0.114 B), P is drawn from the Poisson
/// distribution of mean v n, and n is the number of different levels in the image, rounded up to a
/// power of two (Real-ESRGAN's "shot noise").
void add_poisson_noise(cv::Mat& image, double scale, const NoiseField& field);

}  // namespace sr
