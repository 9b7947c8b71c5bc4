#pragma once

#include <ATen/core/Tensor.h>

namespace sr {

/// What a network is beside a Network when training adds noise to its features.
class NoisyNetwork {
 public:
  virtual ~NoisyNetwork() = default;

  /// False when its options leave none.
  virtual bool adds_noise() const = 0;
  /// Network::training_forward() with noise that for sample n is a function of keys[n] alone.
  /// `keys`: int64 [N] on the network's device.
  virtual at::Tensor noisy_forward(const at::Tensor& lq, const at::Tensor& kept,
                                   const at::Tensor& keys) const = 0;
};

}  // namespace sr
