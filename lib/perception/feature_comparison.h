#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>
#include <opencv2/core/mat.hpp>

#include "nn/feature_stack.h"

namespace sr {

/// Compares two images in the features of a network, in tiles when memory asks: tiles see as much
/// around them as a feature depends on, so that the maps are those of the whole image.
class FeatureComparison {
 public:
  /// `images = (images - shift) / scale` of values 0 to 1, channel by channel, is what the network
  /// sees.
  struct Input {
    std::vector<double> shift, scale;
  };
  FeatureComparison(FeatureStack stack, Input input, const std::string& device);

  /// Sums over all positions of the features of one layer [1, C, H, W] of both images; float64.
  using Sums =
      std::function<at::Tensor(std::size_t layer, const at::Tensor& output, const at::Tensor& gt)>;
  /// The sums of each layer, divided by its number of positions. Both are 8-bit RGB of equal size.
  /// Memory that runs out makes the tiles smaller from here on; throws DoesNotFitError when the
  /// smallest do not fit.
  std::vector<at::Tensor> means(const cv::Mat& output, const cv::Mat& gt, const Sums& sums);

  /// Side of the tiles, pixels; 0 = whole images.
  int tile_size() const { return tile_size_; }
  void set_tile_size(int tile_size) { tile_size_ = tile_size; }

 private:
  std::vector<at::Tensor> means_at(int tile_size, const cv::Mat& output, const cv::Mat& gt,
                                   const Sums& sums) const;
  std::vector<at::Tensor> features_of(const cv::Mat& image) const;

  FeatureStack stack_;
  Input input_;
  at::Device device_;
  int tile_size_ = 0;
};

/// [1, 3, H, W] of 8-bit RGB, 0 to 1, float.
at::Tensor unit_image(const cv::Mat& image, at::Device device);

}  // namespace sr
