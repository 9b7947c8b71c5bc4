#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include "nn/conv3xc.h"
#include "nn/initialization.h"
#include "nn/network.h"

namespace sr {

/// A 3x3 layer of RTMoSR: alpha[0] x (1x1, then 3x3) + alpha[1] x 3x3 + alpha[2] x Conv3XC.
struct SummedConv {
  at::Tensor alpha;    ///< [3]
  Layer widen, outer;  ///< weights [2 out, in, 1, 1] and [out, 2 out, 3, 3]
  Layer plain;         ///< weight [out, in, 3, 3]
  Conv3xc four;
};

/// The depthwise layer of RTMoSR: alphas[0] x input + alphas[1] x 1x1 + alphas[2] x 3x3 + alphas[3]
/// x 5x5, alphas [1, C, 1, 1], weights [C, 1, k, k].
struct ShiftConv {
  std::vector<at::Tensor> alphas;
  Layer one, three, five;
};

/// A network of these layers. Images pass one convolution a layer, and gradients reach the parts
/// through the merge, as in Conv3xcNetwork; weight files have the merged convolutions as well.
class MergedNetwork : public Network {
 public:
  NamedTensors derived_tensors(const std::vector<at::Tensor>& parameters) const override;

 protected:
  using Network::Network;

  /// Register the parts below `name`; return the layer's index in merged().
  std::size_t add_sum(const std::string& name, int inputs, int outputs, at::Generator& generator);
  std::size_t add_shift(const std::string& name, int features, at::Generator& generator);
  /// The 3x3 and depthwise 5x5 convolutions that the layers are: once a pass.
  std::vector<Layer> merged() const;

  /// Weights of truncated_normal(), deviation 0.02, no bias to begin with.
  static Layer small_layer(at::IntArrayRef shape, at::Generator& generator);

 private:
  struct Place {
    bool is_shift = false;
    std::size_t index = 0;            ///< in sums_ or shifts_
    std::size_t first_parameter = 0;  ///< index into parameters()
  };

  void add_derived(const std::string& name);

  std::vector<SummedConv> sums_;
  std::vector<ShiftConv> shifts_;
  std::vector<Place> places_;  ///< of all layers
};

}  // namespace sr
