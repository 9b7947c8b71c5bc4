#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <opencv2/core/mat.hpp>

#include "perception/feature_comparison.h"

namespace sr {

/// The networks that LPIPS looks through, torchvision's alexnet, vgg16 and squeezenet1_1.
enum class LpipsNet { kAlex, kVgg, kSqueeze };

/// Its layers, and those that LPIPS compares.
FeatureStack::Design lpips_design(LpipsNet net);
/// Channels of those.
std::vector<std::int64_t> lpips_channels(LpipsNet net);

/// Learned perceptual image patch similarity, version 0.1 (Zhang, Isola, Efros, Shechtman, Wang
/// 2018): the features of each layer are scaled to length 1 at each position, their squared
/// differences weighted by channel, summed over channels and layers and averaged over positions.
/// 0 for equal images; lower is better.
class Lpips {
 public:
  /// `weights`: features.N.weight and .bias of the network, lin0.model.1.weight ... of LPIPS.
  /// Throws CheckpointError as FeatureStack.
  Lpips(LpipsNet net, const FeatureStack::Weights& weights, const std::string& device = "cpu");

  /// Of 8-bit RGB images of equal size, at least 32 pixels a side.
  double operator()(const cv::Mat& output, const cv::Mat& gt);

  FeatureComparison& comparison() { return comparison_; }

 private:
  FeatureComparison comparison_;
  std::vector<at::Tensor> channel_weights_;  ///< of each layer, [1, C, 1, 1]
};

}  // namespace sr
