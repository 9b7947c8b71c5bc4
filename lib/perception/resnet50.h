#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "perception/fixed_layers.h"

namespace sr {

/// ResNet-50 (He, Zhang, Ren, Sun 2016; its stages stride in their 3x3 convolution) as fixed
/// feature maps of five levels: its stem, and its four stages.
class ResNet50 {
 public:
  /// Of each level. Each halves the sides, rounding up.
  static constexpr std::array<std::int64_t, 5> kChannels{64, 256, 512, 1024, 2048};

  /// `prefix`: what stands before timm's names.
  ResNet50(const FixedLayers& layers, const std::string& prefix);

  /// Of the level before; of level 0: of normalised images [N, 3, H, W].
  at::Tensor level(std::size_t index, const at::Tensor& before) const;

 private:
  struct Bottleneck {
    FixedConvolution reduce, convolve, expand;
    std::optional<FixedConvolution> shortcut;
    at::Tensor operator()(const at::Tensor& x) const;
  };

  FixedConvolution stem_;
  std::vector<std::vector<Bottleneck>> stages_;
};

}  // namespace sr
