#include "degrade/kernel.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <opencv2/imgproc.hpp>
#include <utility>

namespace sr {
namespace {

/// cv::filter2D takes the Fourier transform for more taps, which costs several times as much as
/// they would.
constexpr int kMostTaps = 129;
constexpr double kNegligible = 1e-4;
/// An image that is a view is not continued with what lies around it.
constexpr int kBorder = cv::BORDER_REFLECT_101 | cv::BORDER_ISOLATED;

bool is_isotropic(KernelShape shape) {
  return shape == KernelShape::kIso || shape == KernelShape::kGeneralizedIso ||
         shape == KernelShape::kPlateauIso;
}

double height(KernelShape shape, double q, double beta) {
  switch (shape) {
    case KernelShape::kIso:
    case KernelShape::kAniso:
      return std::exp(-0.5 * q);
    case KernelShape::kGeneralizedIso:
    case KernelShape::kGeneralizedAniso:
      return std::exp(-0.5 * std::pow(q, beta));
    case KernelShape::kPlateauIso:
    case KernelShape::kPlateauAniso:
      return 1 / (1 + std::pow(q, beta));
  }
  return 0;
}

/// Of sum 1, as floats.
cv::Mat normalized(const cv::Mat& kernel) {
  cv::Mat result;
  kernel.convertTo(result, CV_32F, 1 / cv::sum(kernel)[0]);
  return result;
}

double weight(const cv::Mat& part) {
  return cv::norm(part, cv::NORM_L1);
}

/// Without the outer rings that do not matter, of sum 1.
cv::Mat trimmed(cv::Mat kernel) {
  double rest = kNegligible * weight(kernel);
  while (kernel.rows > 1) {
    const cv::Mat inner = kernel(cv::Rect(1, 1, kernel.cols - 2, kernel.rows - 2));
    rest -= weight(kernel) - weight(inner);
    if (rest < 0) {
      break;
    }
    kernel = inner;
  }
  return normalized(kernel);
}

}  // namespace

cv::Mat blur_kernel(KernelShape shape, int size, const Ellipse& ellipse, double beta) {
  const double sigma_y = is_isotropic(shape) ? ellipse.sigma_x : ellipse.sigma_y;
  const double rotation = is_isotropic(shape) ? 0 : ellipse.rotation;
  const double cosine = std::cos(rotation);
  const double sine = std::sin(rotation);
  const int radius = size / 2;
  cv::Mat kernel(size, size, CV_64F);
  for (int y = -radius; y <= radius; ++y) {
    auto* row = kernel.ptr<double>(y + radius);
    for (int x = -radius; x <= radius; ++x) {
      const double along = (cosine * x + sine * y) / ellipse.sigma_x;
      const double across = (cosine * y - sine * x) / sigma_y;
      row[x + radius] = height(shape, along * along + across * across, beta);
    }
  }
  return normalized(kernel);
}

cv::Mat sinc_kernel(int size, double cutoff) {
  const int radius = size / 2;
  cv::Mat kernel(size, size, CV_64F);
  const auto set = [&](int x, int y, double value) {
    kernel.at<double>(radius + y, radius + x) = value;
  };
  set(0, 0, cutoff * cutoff / (4 * std::numbers::pi));
  for (int y = 1; y <= radius; ++y) {
    for (int x = 0; x <= y; ++x) {  // one octant: the others mirror it
      const double r = std::hypot(x, y);
      const double value = cutoff * std::cyl_bessel_j(1.0, cutoff * r) / (2 * std::numbers::pi * r);
      for (const auto& [a, b] : {std::pair{x, y}, std::pair{y, x}}) {
        set(a, b, value);
        set(-a, b, value);
        set(a, -b, value);
        set(-a, -b, value);
      }
    }
  }
  return normalized(kernel);
}

cv::Mat filtered(const cv::Mat& image, const cv::Mat& whole_kernel) {
  const cv::Mat kernel = trimmed(whole_kernel);
  const int radius = kernel.rows / 2;
  if (radius == 0) {
    return image;
  }
  cv::Mat padded;
  cv::copyMakeBorder(image, padded, radius, radius, radius, radius, kBorder);
  const int rows_at_once = std::max(1, kMostTaps / kernel.cols);
  cv::Mat sum, part;
  for (int row = 0; row < kernel.rows; row += rows_at_once) {
    const cv::Mat strip = kernel.rowRange(row, std::min(kernel.rows, row + rows_at_once));
    const cv::Point anchor(radius, strip.rows / 2);
    // A part of the padded image: what lies around it is its border.
    const cv::Mat from = padded(cv::Rect(cv::Point(radius, row + anchor.y), image.size()));
    cv::filter2D(from, row == 0 ? sum : part, -1, strip, anchor);
    if (row > 0) {
      sum += part;
    }
  }
  return sum;
}

cv::Mat filtered_gaussian(const cv::Mat& image, int size, double sigma) {
  const cv::Mat row = cv::getGaussianKernel(size, sigma, CV_32F);
  cv::Mat result;
  cv::sepFilter2D(image, result, -1, row, row, cv::Point(-1, -1), 0, kBorder);
  return result;
}

}  // namespace sr
