#pragma once

#include <vector>

#include <ATen/core/Tensor.h>

#include "arch/window.h"
#include "nn/module.h"

namespace sr {

/// The end of SwinIR and of the networks made of it: features [N, inputs, H, W] to images
/// [N, outputs, H scale, W scale] by pixel shuffles (conv_before_upsample, upsample, conv_last),
/// one convolution and a shuffle (upsample), nearest-neighbour steps (conv_up1, ..., conv_hr,
/// conv_last), or conv_last alone. The one with an auxiliary image makes a small one of the
/// features (conv_aux), enlarges that by pixel shuffles (conv_after_aux, upsample), and adds
/// features of the input enlarged by bicubic interpolation (conv_bicubic) in front of conv_last.
class WindowTail final : public Module {
 public:
  struct Settings {
    arch::WindowUpsampler kind = arch::WindowUpsampler::kPixelShuffle;
    int scale = 2;
    int inputs = 180, middle = 64, outputs = 3;  ///< channels
    const char* shuffles = "upsample.";          ///< the convolutions in front of pixel shuffles
  };
  /// A kind and scale in which WindowOptions::impossible_upsampler() finds nothing.
  WindowTail(const Settings& settings, at::Generator& generator);

  /// `input`: [N, outputs, H, W], read by the kind with an auxiliary image alone. That enlarges it
  /// to `height` x `width` pixels, which are all of its output.
  struct Beside {
    at::Tensor input;
    std::int64_t height = 0, width = 0;
  };
  at::Tensor operator()(const at::Tensor& features, const Beside& beside) const;
  at::Tensor operator()(const at::Tensor& features) const { return (*this)(features, Beside()); }

 private:
  void add_conv(const std::string& name, int inputs, int outputs, at::Generator& generator);
  void add_shuffles(at::Generator& generator);
  void add_nearest(at::Generator& generator);

  at::Tensor with_input(const at::Tensor& features, const Beside& beside) const;

  Settings settings_;
  std::vector<Layer> layers_;  ///< in the order of their use
  Layer of_input_;             ///< of an input that is enlarged
};

}  // namespace sr
