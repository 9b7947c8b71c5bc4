#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "nn/fixed_layers.h"

namespace sr {

/// ResNet-50 (He, Zhang, Ren, Sun 2016; its stages stride in their 3x3 convolution) as fixed
/// feature maps of five levels: its stem, and its four stages.
class ResNet50 {
 public:
  /// Of each level. Each halves the sides, rounding up.
  static constexpr std::array<std::int64_t, 5> kChannels{64, 256, 512, 1024, 2048};
  static constexpr std::array<int, 4> kBlocks{3, 4, 6, 3};  ///< of each stage

  /// What convolutions make before they are normalised, by their names: "conv1",
  /// "layer1.2.conv3".
  using Taken = std::map<std::string, at::Tensor>;

  /// `prefix`: what stands before torchvision's names, which are timm's as well. `taken`:
  /// convolutions that level() is asked for.
  ResNet50(const FixedLayers& layers, const std::string& prefix,
           const std::vector<std::string>& taken = {});

  /// Of the level before; of level 0: of normalised images [N, 3, H, W]. Adds what is taken within
  /// this level to `taken`.
  at::Tensor level(std::size_t index, const at::Tensor& before, Taken* taken = nullptr) const;

  void to(at::Device device, bool channels_last);

 private:
  /// The normalisation is a part of the convolution, unless what comes before it is taken.
  struct Convolution {
    std::string name;
    FixedConvolution convolution;
    std::optional<FixedScale> scale{};
    at::Tensor operator()(const at::Tensor& x, Taken* taken) const;
  };
  struct Bottleneck {
    Convolution reduce, convolve, expand;
    std::optional<Convolution> shortcut;
    at::Tensor operator()(const at::Tensor& x, Taken* taken) const;
  };

  Convolution stem_;
  std::vector<std::vector<Bottleneck>> stages_;
};

}  // namespace sr
