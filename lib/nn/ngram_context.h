#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

#include "nn/module.h"

namespace sr {

/// What square windows tell the windows beside them (N-Gram in Swin Transformers; Choi et al.,
/// 2023; HiT-SNG): a window's pixels become half as many features by one kernel for each pair of
/// features, attention mixes the four windows of each 2x2 and their mean is what the first of them
/// gets; the same with the last of them, and a 1x1 convolution of both. Windows beyond the last row
/// and column are reflections.
class NgramContext final : public Module {
 public:
  struct Settings {
    int features = 0;  ///< even; `heads` divide the half of them
    int heads = 1;
    std::int64_t side = 8;  ///< of a window, pixels
  };
  NgramContext(const Settings& settings, at::Generator& generator);

  /// Pixels [N, H, W, features] of two windows or more along each side to what each window gets,
  /// [N, H / side, W / side, features].
  at::Tensor operator()(const at::Tensor& pixels) const;

  /// What weight files hold as `ngram_attn.relative_position_index`, int64 [4, 4] on the CPU.
  const at::Tensor& file_positions() const { return file_positions_; }

 private:
  at::Tensor of_windows(const at::Tensor& pixels) const;
  at::Tensor mixed(const at::Tensor& windows, bool forward) const;

  Settings settings_;
  Layer kernel_, qkv_, proj_, merge_;
  at::Tensor table_;
  at::Tensor positions_;  ///< a constant
  at::Tensor file_positions_;
};

}  // namespace sr
