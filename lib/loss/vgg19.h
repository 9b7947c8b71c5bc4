#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <ATen/core/Tensor.h>

namespace sr {

/// The convolutions of torchvision's vgg19 (Simonyan & Zisserman 2015) as fixed feature maps.
/// Layers are named conv1_1, relu1_1, conv1_2, ..., pool5; a conv is taken before its ReLU.
class Vgg19 {
 public:
  using Weights = std::map<std::string, at::Tensor>;  ///< by torchvision's names: features.0.weight

  /// Keeps what `layers` need. Throws CheckpointError when a tensor is missing or has another
  /// shape, ConfigError for an unknown layer.
  Vgg19(const Weights& weights, const std::vector<std::string>& layers);

  /// The layers asked for of normalised images [N, 3, H, W], in the order of the network.
  /// `replicate_padding`: the first convolution repeats the border instead of adding zeros.
  std::vector<at::Tensor> features(const at::Tensor& images, bool replicate_padding) const;

  void to(at::Device device, bool channels_last);

 private:
  enum class Kind { kConvolution, kRelu, kPool };
  struct Layer {
    Kind kind;
    bool taken;         ///< asked for
    at::Tensor weight;  ///< kConvolution
    at::Tensor bias;
  };
  std::vector<Layer> layers_;  ///< up to the last one that is asked for
};

/// Shape of the weight of a convolution, [] for another layer; by its place in
/// recipe::vgg19_layers().
std::vector<std::int64_t> vgg19_weight_shape(std::size_t layer);

/// The weights in a file of torchvision's state dict. Throws ConfigError saying how to make the
/// file when there is none, CheckpointError when it cannot be read.
Vgg19::Weights read_vgg19_weights(const std::string& file);

}  // namespace sr
