#pragma once

#include <memory>
#include <vector>

#include <ATen/core/Tensor.h>

#include "arch/uni_upsampler.h"
#include "nn/dysample.h"
#include "nn/lda_sampler.h"
#include "nn/module.h"

namespace sr {

/// traiNNer-redux's UniUpsampleV3 and UniUpsample: features [N, inputs, H, W] to images [N,
/// outputs, H scale, W scale] in one of several ways; at scale 1 all are one 3x3 convolution. Its
/// layers have their index in a sequence in which activations and shuffles take one as well; the
/// buffer MetaUpsample says what it is, for loaders.
class UniUpsampler final : public Module {
 public:
  struct Settings {
    arch::UniUpsampler kind = arch::UniUpsampler::kPixelShuffleDirect;
    int scale = 2;
    int inputs = 48, outputs = 3, middle = 48;  ///< channels
    /// Of the normal distribution that weights of convolutions begin with, biases being 0; 0 =
    /// PyTorch's default. Transposed convolutions have the default always.
    double deviation = 0;
    /// The peer's UniUpsample is 1: its dysample takes the inputs as they are.
    int version = 3;
  };
  /// Settings in which arch::impossible_upsampler() finds nothing.
  UniUpsampler(const Settings& settings, at::Generator& generator);

  at::Tensor operator()(const at::Tensor& features) const;

 private:
  /// Registers its layers one behind the other; skip() is for what has none.
  class Builder;

  at::Tensor by_shuffles(const at::Tensor& features) const;
  at::Tensor by_nearest(const at::Tensor& features) const;
  at::Tensor by_transposes(const at::Tensor& features) const;
  at::Tensor by_pixel_attention(const at::Tensor& features) const;
  at::Tensor by_deformable_attention(const at::Tensor& features) const;

  Settings settings_;
  int factor_, steps_;         ///< scale = factor ^ steps
  std::vector<Layer> layers_;  ///< in the order of their use
  std::unique_ptr<DySampler> sampler_;
  std::unique_ptr<LdaSampler> deformable_;
};

}  // namespace sr
