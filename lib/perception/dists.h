#pragma once

#include <string>
#include <vector>

#include <opencv2/core/mat.hpp>

#include "perception/feature_comparison.h"

namespace sr {

/// Deep image structure and texture similarity (Ding, Ma, Wang, Simoncelli 2020): one minus the
/// weighted sum, over the channels of the image and of vgg16's five blocks, of how equal the means
/// (texture) and how correlated the values (structure) of the two images are. 0 for equal images;
/// lower is better.
class Dists {
 public:
  /// `weights`: features.N.weight and .bias of torchvision's vgg16, alpha and beta of DISTS. Throws
  /// CheckpointError as FeatureStack.
  Dists(const FeatureStack::Weights& weights, const std::string& device = "cpu");

  /// Of 8-bit RGB images of equal size.
  double operator()(const cv::Mat& output, const cv::Mat& gt);

  FeatureComparison& comparison() { return comparison_; }

 private:
  /// Of one layer, [5, C]: means of a, b, a^2, b^2, ab.
  double similarity(const at::Tensor& moments, std::int64_t first_channel) const;

  FeatureComparison comparison_;
  at::Tensor alpha_, beta_;  ///< [C] of all layers; of sum 1 together; float64
};

}  // namespace sr
