#pragma once

#include <ATen/core/Tensor.h>

#include "nn/initialization.h"
#include "nn/module.h"

namespace sr {

/// LDA-AQU (Du et al., 2024, "LDA-AQU: Adaptive Query-guided Upsampling via Local Deformable
/// Attention"; traiNNer-redux `LDA_AQU`): features [N, C, H, W] to [N, C, H scale, W scale]. Each
/// output pixel attends to nine bilinear samples of the input around its own place, moved by up to
/// 11 output pixels as two convolutions of the enlarged queries say, for each half of the channels.
/// The corners of the two grids lie on each other, and samples outside are 0.
///
/// Places, samples and attention are computed in float32 at least.
class LdaSampler final : public Module {
 public:
  struct Settings {
    int channels = 64;
    int scale = 2;
    /// Of the normal distribution that weights of convolutions begin with, biases being 0; 0 =
    /// PyTorch's default.
    double deviation = 0;
  };
  /// channels: even, and so is their quarter, rounded down, which is not 0.
  LdaSampler(const Settings& settings, at::Generator& generator);

  at::Tensor operator()(const at::Tensor& features) const;

 private:
  /// Where the halves of each image are sampled, as grid_sampler takes it: [2 N, 9 H', W', 2] for
  /// queries [2 N, C / 8, H', W'].
  at::Tensor sampling_places(const at::Tensor& queries) const;

  int scale_;
  at::Tensor table_;  ///< [1, 1, 1, 9, C / 4]: what is added to the keys of the nine samples
  Layer query_, key_;
  Layer depthwise_, offset_norm_, offset_;
  Layer norm_;
};

}  // namespace sr
