#pragma once

#include <cstdint>
#include <vector>

#include <ATen/core/Tensor.h>

// Distances of the distributions of two feature maps [N, C, H, W], whose values need not lie at the
// same places: means over the samples, with gradients to `x`.

namespace sr {

/// Each channel is scaled to sum 1 and summed along its pixels, row by row; the sum of the absolute
/// differences of these, averaged over channels (traiNNer-redux's pd).
at::Tensor projected_distance(const at::Tensor& x, const at::Tensor& y);

/// The Fourier distance of one layer (traiNNer-redux's fd; Elnekave & Weiss 2022 for the
/// projections): amplitudes and phases of the spectra are projected by random 5 x 5 convolutions of
/// norm 1, and the sorted values of each projection compared.
class FourierDistance {
 public:
  struct Settings {
    std::int64_t projections = 256;
    std::int64_t stride = 1;  ///< of the convolutions, pixels
    double phase_weight = 1;
  };
  /// `index` among the layers so compared: each has projections of its own, the same in every run.
  FourierDistance(const Settings& settings, std::int64_t channels, std::uint64_t index);

  at::Tensor operator()(const at::Tensor& x, const at::Tensor& y) const;
  void to(at::Device device, bool channels_last);

 private:
  at::Tensor distance(const at::Tensor& x, const at::Tensor& y) const;

  Settings settings_;
  at::Tensor projections_;  ///< [projections, C, 5, 5]
};

}  // namespace sr
