#pragma once

#include <opencv2/core/mat.hpp>

#include "recipe/degradation.h"

namespace sr {

/// Standard deviations along two axes, pixels, and the angle from the x axis (right) towards the y
/// axis (down) at which the first of them lies, radians.
struct Ellipse {
  double sigma_x = 1;
  double sigma_y = 1;
  double rotation = 0;
};

/// A blur kernel, size x size (odd), CV_32F, of sum 1, symmetric about its centre. With
/// q = x^T S^-1 x, S the covariance of the ellipse (Wang et al. 2021, Real-ESRGAN, section 3.1):
///   iso, aniso          exp(-q / 2)
///   generalized_*       exp(-q^beta / 2)
///   plateau_*           1 / (1 + q^beta)
/// The iso shapes take sigma_x in both directions.
cv::Mat blur_kernel(KernelShape shape, int size, const Ellipse& ellipse, double beta);

/// The circular low-pass filter with this cutoff (radians a pixel, above 0, at most pi), cut off at
/// size x size (odd) and scaled to sum 1, CV_32F: cutoff J1(cutoff r) / (2 pi r). It rings.
cv::Mat sinc_kernel(int size, double cutoff);

/// Convolves every channel of a float image with a kernel (odd sides, CV_32F, point-symmetric),
/// the border reflected without its edge pixel, as Real-ESRGAN does. Outer rings of the kernel that
/// together weigh less than 1e-4 of it are left out. May return the image itself.
cv::Mat filtered(const cv::Mat& image, const cv::Mat& kernel);

/// The same for the Gaussian of equal sigma in both directions, as two passes.
cv::Mat filtered_gaussian(const cv::Mat& image, int size, double sigma);

}  // namespace sr
