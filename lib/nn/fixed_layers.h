#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <ATen/core/Tensor.h>

#include "nn/feature_stack.h"

// Layers whose weights are those of a file and never change.

namespace sr {

/// Keeps the sides of [N, C, H, W], or divides them by `stride`, rounding up for an odd kernel and
/// down for an even one.
struct FixedConvolution {
  at::Tensor weight;
  at::Tensor bias{};  ///< undefined = none
  std::int64_t stride = 1;
  at::Tensor operator()(const at::Tensor& x) const;
  void to(at::Device device, bool channels_last);
};

/// A factor and a summand a channel of [N, C, H, W]: a batch normalisation by fixed statistics.
struct FixedScale {
  at::Tensor factor, summand;  ///< [1, C, 1, 1]
  at::Tensor operator()(const at::Tensor& x) const;
  void to(at::Device device);
};

struct FixedLinear {
  at::Tensor weight, bias;
  at::Tensor operator()(const at::Tensor& x) const;
};

struct FixedLayerNorm {
  at::Tensor weight, bias;
  at::Tensor operator()(const at::Tensor& x) const;
};

/// Reads layers by their names in a file, onto a device. Throws CheckpointError as
/// feature_weight().
class FixedLayers {
 public:
  /// `network` is whose weights they should be. The weights must outlive this.
  FixedLayers(const FeatureStack::Weights& weights, std::string_view network, at::Device device)
      : weights_(weights), network_(network), device_(device) {}

  struct ConvolutionShape {
    std::int64_t inputs, outputs, kernel = 1, stride = 1;
  };
  FixedConvolution convolution(const std::string& name, const ConvolutionShape& shape) const;
  FixedConvolution without_bias(const std::string& name, const ConvolutionShape& shape) const;
  FixedScale scale(const std::string& norm, std::int64_t channels) const;
  /// A convolution without bias and the batch normalisation `norm` behind it, whose factors and
  /// summands become a part of the convolution.
  FixedConvolution normalised(const std::string& name, const std::string& norm,
                              const ConvolutionShape& shape) const;
  FixedLinear linear(const std::string& name, std::int64_t inputs, std::int64_t outputs) const;
  FixedLayerNorm layer_norm(const std::string& name, std::int64_t channels) const;
  at::Tensor tensor(const std::string& name, const std::vector<std::int64_t>& shape) const;

 private:
  FixedScale exact_scale(const std::string& norm, std::int64_t channels) const;  ///< float64

  const FeatureStack::Weights& weights_;
  std::string_view network_;
  at::Device device_;
};

}  // namespace sr
