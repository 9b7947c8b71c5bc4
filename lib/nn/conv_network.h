#pragma once

#include <cstdint>
#include <string>

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include "nn/initialization.h"
#include "nn/network.h"

namespace sr {

/// What networks of convolutions share: layers with their sources' initial values.
class ConvNetwork : public Network {
 protected:
  ConvNetwork(int scale, std::uint64_t seed);

  /// With PyTorch's default; `shape` is that of the weight.
  Layer add_conv(const std::string& name, at::IntArrayRef shape, bool bias = true);
  /// Weights of truncated_normal(), deviation 0.02, no bias to begin with.
  Layer add_small_conv(const std::string& name, at::IntArrayRef shape);
  Layer add_norm(const std::string& name, std::int64_t features);
  /// Buffers `name`.weight and .bias of a 1x1 convolution that adds `factor` times the mean colour
  /// of DIV2K to images: nothing trains it, files hold it.
  Layer add_mean_colour(const std::string& name, double factor);

  at::Generator& generator() { return generator_; }

 private:
  at::Generator generator_;
};

}  // namespace sr
