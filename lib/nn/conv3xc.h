#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include "nn/initialization.h"
#include "nn/network.h"

namespace sr {

/// Conv3XC of SPAN (Wan et al., 2024, "Swift Parameter-free Attention Network for Efficient
/// Super-Resolution"): a 1x1, a 3x3 and a 1x1 convolution with twice the channels in between, plus
/// a 1x1 convolution of the input. Zeros are padded in front of the first one, so that all four
/// together are one 3x3 convolution with padding 1, borders included. GaterV3 has layers with a
/// gain g other than 2, and such whose parts have no bias: those of such a layer are undefined.
struct Conv3xc {
  Layer skip;    ///< weight [out, in, 1, 1]
  Layer widen;   ///< weight [g in, in, 1, 1]
  Layer middle;  ///< weight [g out, g in, 3, 3]
  Layer narrow;  ///< weight [out, g out, 1, 1]
};

/// The 3x3 convolution that each of these is: weight [out, in, 3, 3] in the memory format of
/// `middle`, and bias, which is 0 where the parts have none. Layers of equal shapes are merged
/// together and are one autograd node. In the type of the parameters, also under autocast.
std::vector<Layer> merge(const std::vector<Conv3xc>& layers);

/// A network of Conv3XC layers. Images pass one convolution a layer: gradients reach the four parts
/// through the merge, whose cost does not depend on the images. A weight file has the merged
/// convolution of each layer as well, as `eval_conv`, which has a bias where the parts have one.
class Conv3xcNetwork : public Network {
 public:
  NamedTensors derived_tensors(const std::vector<at::Tensor>& parameters) const override;

 protected:
  using Network::Network;

  /// How the weight of `skip` begins: as everything else, by PyTorch's default, or by
  /// truncated_normal() of deviation 0.02.
  enum class Skip { kDefault, kTruncatedNormal };
  struct Conv3xcDesign {
    int inputs = 0, outputs = 0;  ///< channels
    Skip skip = Skip::kDefault;
    int gain = 2;
    bool bias = true;
  };
  /// Registers the parts as `name`.sk, .conv.0, .conv.1 and .conv.2. Returns the layer's index.
  std::size_t add_conv3xc(const std::string& name, const Conv3xcDesign& design,
                          at::Generator& generator);
  std::size_t add_conv3xc(const std::string& name, int in_channels, int out_channels, Skip skip,
                          at::Generator& generator) {
    return add_conv3xc(name, {in_channels, out_channels, skip}, generator);
  }
  /// All layers by their indices: once a pass.
  std::vector<Layer> merged() const { return merge(layers_); }

  /// Registers another convolution with PyTorch's default weights as `name`.weight and .bias.
  Layer add_default_layer(const std::string& name, at::IntArrayRef shape, at::Generator& generator);

 private:
  std::vector<Conv3xc> layers_;
  std::vector<std::size_t> first_parameters_;  ///< of each layer: index into parameters()
};

}  // namespace sr
