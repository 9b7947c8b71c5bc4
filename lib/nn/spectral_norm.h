#pragma once

#include <string>

#include "nn/discriminator.h"
#include "nn/initialization.h"

namespace sr {

/// PyTorch's two forms of spectral normalisation (Miyato et al., 2018). Both divide a weight by
/// sigma = u^T W v with u and v from one power iteration a training pass; they differ in names, in
/// which vector is updated first and in how u and v start.
enum class SpectralForm {
  kHook,             ///< torch.nn.utils.spectral_norm: weight_orig, weight_u, weight_v; v first
  kParametrization,  ///< torch.nn.utils.parametrizations: parametrizations.weight.original,
                     ///< parametrizations.weight.0._u and ._v; u first, 15 iterations at the start
};

/// A weight [O, ...] with its singular vectors u [O] and v [the rest].
struct SpectralWeight {
  at::Tensor original, u, v;
  SpectralForm form = SpectralForm::kHook;
};

/// `iterations` of the power method in float32 and without gradient; changes u and v in place.
void iterate_power_method(const SpectralWeight& weight, int iterations);

/// original / sigma after one power iteration, in float32 also under autocast. Gradients reach
/// `original` through sigma as well; u and v count as constants. u and v are copied for backward:
/// several passes may be followed by one backward.
at::Tensor normalized(const SpectralWeight& weight);

/// The name in the other form: "conv1.weight_u" <-> "conv1.parametrizations.weight.0._u". `name`
/// itself when it is of neither form.
std::string other_spectral_name(const std::string& name);

/// A discriminator with normalised convolutions. It knows both forms of names.
class SpectralDiscriminator : public Discriminator {
 public:
  std::string own_name(const std::string& name) const override;

 protected:
  explicit SpectralDiscriminator(SpectralForm form) : form_(form) {}

  struct Conv {
    SpectralWeight weight;
    at::Tensor bias;  ///< undefined where there is none
  };
  /// `shape` [out, in, kernel, kernel] or [out, in]. PyTorch's default initialisation.
  Conv add_spectral(const std::string& name, at::IntArrayRef shape, bool with_bias,
                    at::Generator& generator);
  /// `drawn`: its weight before normalisation; `generator` draws the singular vectors.
  Conv add_spectral(const std::string& name, const Layer& drawn, at::Generator& generator);
  Layer add_plain(const std::string& name, at::IntArrayRef shape, bool with_bias,
                  at::Generator& generator);

 private:
  bool knows(const std::string& name) const;
  SpectralForm form_;
};

}  // namespace sr
