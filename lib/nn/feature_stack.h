#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <ATen/core/Tensor.h>

namespace sr {

/// One layer of a classifier's `features`, of which torchvision's names count the positions.
struct FeatureLayer {
  enum class Kind {
    kConvolution,
    kRelu,
    kMaxPool,
    kBlurPool,  ///< smoothed, every second pixel (Zhang 2019)
    kL2Pool,    ///< root of the smoothed squares (Hénaff & Simoncelli 2016), as DISTS has it
    kFire       ///< SqueezeNet's: 1x1, then 1x1 beside 3x3, each with a ReLU
  };
  Kind kind = Kind::kRelu;
  std::int64_t channels = 0;  ///< that come out; kFire: of each of the two that stand side by side
  std::int64_t kernel = 1, stride = 1, padding = 0;
  std::int64_t squeezed = 0;  ///< kFire: channels in between
  bool rounds_up = false;     ///< kMaxPool: a part of a window at the end counts
};

FeatureLayer convolution(std::int64_t channels, std::int64_t kernel, std::int64_t stride,
                         std::int64_t padding);
FeatureLayer max_pool(std::int64_t kernel, bool rounds_up = false);  ///< stride 2
FeatureLayer l2_pool();
FeatureLayer blur_pool();
FeatureLayer fire(std::int64_t squeezed, std::int64_t channels);

/// A classifier's convolutions as fixed feature maps.
class FeatureStack {
 public:
  using Weights = std::map<std::string, at::Tensor>;  ///< by torchvision's names: features.0.weight

  struct Design {
    std::string_view name;  ///< as messages call it: "torchvision's vgg19"
    std::vector<FeatureLayer> layers;
    std::vector<std::size_t> taken;  ///< layers that are asked for, ascending
  };

  /// Keeps what the taken layers need. Throws CheckpointError when a tensor is missing or has
  /// another shape.
  FeatureStack(const Design& design, const Weights& weights);

  /// The layers asked for of normalised images [N, 3, H, W], in the order of the network.
  /// `replicate_padding`: the first convolution repeats the border instead of adding zeros.
  std::vector<at::Tensor> features(const at::Tensor& images, bool replicate_padding) const;

  /// Pixels between neighbours of each layer asked for.
  const std::vector<std::int64_t>& strides() const { return strides_; }
  /// Channels of each layer asked for.
  const std::vector<std::int64_t>& channels() const { return channels_; }
  /// Pixels beyond which nothing changes a feature, on each side of it.
  std::int64_t reach() const { return reach_; }

  void to(at::Device device, bool channels_last);

 private:
  struct Convolution {
    at::Tensor weight, bias;
  };
  struct Layer {
    FeatureLayer design;
    bool taken = false;
    std::vector<Convolution> convolutions;  ///< kFire: squeeze, 1x1, 3x3
    at::Tensor window{};                    ///< of a pool that smooths
  };

  at::Tensor apply(std::size_t index, const at::Tensor& x, bool replicate_padding) const;

  std::vector<Layer> layers_;  ///< up to the last one that is asked for
  std::vector<std::int64_t> strides_;
  std::vector<std::int64_t> channels_;
  std::int64_t reach_ = 0;
};

/// Tensors of a file of weights whose names `wanted` holds for, as float. Throws CheckpointError
/// "<file>: <reason>" for a file that cannot be read and for values that are not finite.
FeatureStack::Weights read_feature_weights(
    const std::string& file, const std::function<bool(std::string_view name)>& wanted);

/// A tensor of `weights`. Throws CheckpointError when it is missing or has another shape; `name_of`
/// says whose it should be.
at::Tensor feature_weight(const FeatureStack::Weights& weights, const std::string& name,
                          const std::vector<std::int64_t>& shape, std::string_view name_of);

}  // namespace sr
