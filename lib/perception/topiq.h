#pragma once

#include <string>

#include <opencv2/core/mat.hpp>

#include "perception/cfanet.h"

namespace sr {

/// TOPIQ of 8-bit images: quality as people judge it, about 0 to 1; higher is better.
class Topiq {
 public:
  /// `weights`: those of pyiqa's CFANet (Cfanet).
  Topiq(TopiqKind kind, FeatureStack::Weights weights, const std::string& device = "cpu");

  /// Of 8-bit RGB images of equal size; without a reference of `output` alone. Each position asks
  /// all others, so an image has no tiles: one that does not fit into the device's memory is
  /// computed on the CPU, and so are those after it. Throws DoesNotFitError when that is too small.
  double operator()(const cv::Mat& output, const cv::Mat& gt);

  at::Device device() const { return device_; }

 private:
  TopiqKind kind_;
  FeatureStack::Weights weights_;  ///< for the CPU, while the network is elsewhere
  at::Device device_;
  Cfanet network_;
};

}  // namespace sr
