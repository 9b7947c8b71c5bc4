#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "config/config.h"
#include "nn/module.h"

namespace sr {

/// A super-resolution network: float images [N, C, H, W] in [0, 1] to [N, num_out_ch, H * scale,
/// W * scale]. C is arch::input_channels() of its options, for a clip its frames' channels, first
/// frame first.
class Network : public Module {
 public:
  virtual at::Tensor forward(const at::Tensor& lq) const = 0;

  /// Branches that training leaves out for some samples (stochastic depth; Huang et al., 2016): for
  /// each the share of samples, in [0, 1). Empty for most networks.
  virtual std::vector<double> drop_rates() const { return {}; }
  /// forward() in training: the output of branch b for sample n is multiplied by kept[b, n], which
  /// is 0 or 1 / (1 - drop_rates()[b]). `kept`: float32 on the network's device, or undefined for
  /// networks without such branches.
  virtual at::Tensor training_forward(const at::Tensor& lq, const at::Tensor& /*kept*/) const {
    return forward(lq);
  }

  int scale() const { return scale_; }
  /// Any H and W work, but a network with windows computes those of the next multiples of this.
  virtual int size_multiple() const { return 1; }

 protected:
  explicit Network(int scale) : scale_(scale) {}
  int scale_;
};

/// Builds the network of a configuration with the initialisation of its source drawn from `seed`.
/// Each family has an overload of this name for its options, beside its graph; arch::impossible()
/// finds nothing in what that gets. Throws ConfigError naming the option that does not fit.
std::unique_ptr<Network> make_network(const NetworkConfig& config, int scale, std::uint64_t seed);

}  // namespace sr
