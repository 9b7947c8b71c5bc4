#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <ATen/core/Tensor.h>

#include "config/config.h"

namespace sr {

struct NamedTensor {
  std::string name;  ///< the peers' parameter name: "body.0.weight"
  at::Tensor tensor;
};
using NamedTensors = std::vector<NamedTensor>;

/// A super-resolution network: float images [N, num_in_ch, H, W] in [0, 1] to [N, num_out_ch, H *
/// scale, W * scale].
class Network {
 public:
  virtual ~Network() = default;
  virtual at::Tensor forward(const at::Tensor& lq) const = 0;

  /// Trainable leaves in registration order (the order of the peers' state dict).
  const NamedTensors& parameters() const { return parameters_; }
  /// State that forward may change (BN statistics, spectral-norm vectors).
  const NamedTensors& buffers() const { return buffers_; }
  int scale() const { return scale_; }
  /// H and W of the input must be multiples of this.
  virtual int size_multiple() const { return 1; }
  /// "architecture", "scale" and the constructor arguments, for weight files and error messages.
  const std::map<std::string, std::string>& description() const { return description_; }

  void to(at::Device device, bool channels_last);

 protected:
  explicit Network(int scale) : scale_(scale) {}
  NamedTensors parameters_;
  NamedTensors buffers_;
  std::map<std::string, std::string> description_;
  int scale_;
};

/// Builds the network of a configuration with PyTorch's default initialisation drawn from `seed`.
std::unique_ptr<Network> make_network(const NetworkConfig& config, int scale, std::uint64_t seed);

/// One line a network: its YAML name, what it is, how it is made.
struct NetworkEntry {
  std::string_view type;
  std::string_view description;
  std::unique_ptr<Network> (*make)(const NetworkConfig& config, int scale, std::uint64_t seed);
};
const std::vector<NetworkEntry>& networks();

}  // namespace sr
