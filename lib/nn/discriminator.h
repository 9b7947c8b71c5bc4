#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "config/config.h"
#include "nn/module.h"

namespace sr {

/// A network that tells real images from made ones.
class Discriminator : public Module {
 public:
  /// Images [N, num_in_ch, H, W] in about [0, 1] to logits, large = real: one or several a place
  /// [N, C, H', W'], one an image [N, 1], or one for all [1, 1]. A training pass: it may change
  /// buffers (spectral-norm vectors, BN statistics). Throws std::invalid_argument for images of a
  /// wrong size.
  virtual at::Tensor forward(const at::Tensor& images) = 0;
  /// Side in pixels that images must have; nothing when any size from smallest_input() works.
  virtual std::optional<int> input_size() const { return std::nullopt; }
  /// False when a sample's logits depend on the other samples (batch normalisation, one logit for
  /// all).
  virtual bool is_mean_over_samples() const { return true; }
  /// False when a gradient of its logits has no gradient in turn. May take a pass.
  virtual bool has_second_derivative() { return true; }
  /// Smallest side in pixels.
  virtual int smallest_input() const { return 1; }
  /// Takes over from the description() of a saved state what the weights do not show and the
  /// configuration leaves open; returns what there is to say about it.
  virtual std::optional<std::string> continue_from(
      const std::map<std::string, std::string>& /*saved*/) {
    return std::nullopt;
  }

 protected:
  /// Throws std::invalid_argument unless the images' sides are as the two functions above say.
  void require_size(const at::Tensor& images) const;
};

/// Builds the discriminator of a configuration with the peers' initialisation drawn from `seed`.
/// Each has an overload of this name for its options.
std::unique_ptr<Discriminator> make_discriminator(const DiscriminatorConfig& config,
                                                  std::uint64_t seed);

}  // namespace sr
