#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "nn/fixed_layers.h"

namespace sr {

/// TOPIQ of an image beside its reference, and of an image alone: two networks.
enum class TopiqKind { kFullReference, kNoReference };

/// TOPIQ's gated local pooling: positions are weighed by a gate and averaged to a coarse grid. With
/// a reference the gate looks at the distance of both images' features, which stands beside them in
/// what is averaged; without one a half of the features is the gate of the other.
class GatedLocalPooling {
 public:
  /// For features of `channels` channels.
  GatedLocalPooling(TopiqKind kind, const FixedLayers& layers, const std::string& name,
                    std::int64_t channels);

  /// `features`: [1, channels, H, W], or of both images [2, channels, H, W]. [1, C, h, w], C =
  /// pooled_channels(); `grid` is h and w, but where one side is there already both stay.
  at::Tensor operator()(const at::Tensor& features, at::IntArrayRef grid) const;

  static std::int64_t pooled_channels(TopiqKind kind, std::int64_t channels) {
    return kind == TopiqKind::kFullReference ? 3 * channels : channels;
  }

 private:
  at::Tensor gate(const at::Tensor& x) const;
  at::Tensor weighed(const at::Tensor& features) const;

  std::optional<FixedConvolution> split_;  ///< TopiqKind::kNoReference
  std::array<FixedConvolution, 3> gate_;
};

}  // namespace sr
