#pragma once

#include <cstdint>
#include <memory>

#include "config/config.h"
#include "nn/module.h"

namespace sr {

/// A super-resolution network: float images [N, num_in_ch, H, W] in [0, 1] to [N, num_out_ch, H *
/// scale, W * scale].
class Network : public Module {
 public:
  virtual at::Tensor forward(const at::Tensor& lq) const = 0;

  int scale() const { return scale_; }
  /// H and W of the input must be multiples of this.
  virtual int size_multiple() const { return 1; }

 protected:
  explicit Network(int scale) : scale_(scale) {}
  int scale_;
};

/// Builds the network of a configuration with the initialisation of its source drawn from `seed`.
/// Each family has an overload of this name for its options, beside its graph.
std::unique_ptr<Network> make_network(const NetworkConfig& config, int scale, std::uint64_t seed);

}  // namespace sr
