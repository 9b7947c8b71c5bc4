#pragma once

#include <filesystem>

#include <opencv2/core/mat.hpp>

#include "metric/metric.h"

namespace sr {

/// Side of the blocks that NIQE describes, pixels of the image.
inline constexpr int kNiqeBlock = 96;

/// Natural image quality evaluator without a reference (Mittal, Soundararajan, Bovik: Making a
/// "completely blind" image quality analyzer, 2013), as BasicSR computes it: how far the statistics
/// of the image's blocks at two scales lie from those of undistorted photographs. Lower is better,
/// 0 is the least.
class Niqe {
 public:
  /// Of undistorted photographs, CV_64F: mean [1 x 36] and covariance [36 x 36] of the features,
  /// and the window of local means [7 x 7].
  struct Pristine {
    cv::Mat mean, covariance, window;
  };

  /// Throws std::invalid_argument for other shapes.
  explicit Niqe(Pristine pristine);
  /// BasicSR's tensors mu_pris_param, cov_pris_param and gaussian_window from a safetensors or .pth
  /// file. Throws CheckpointError "<file>: <reason>".
  static Niqe read(const std::filesystem::path& file);

  /// Of an 8-bit RGB image's rounded luma; crop_border pixels are left out on each side, then rows
  /// and columns beyond whole blocks. NaN for an image of fewer than two blocks that have contrast.
  /// Throws std::invalid_argument for an image of less than one block.
  double operator()(const cv::Mat& image, int crop_border) const;

 private:
  Pristine pristine_;
};

}  // namespace sr
