#include "nn/spectral_norm.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <torch/torch.h>

namespace sr {
namespace {

constexpr double kEps = 1e-12;
constexpr int kStartIterations = 15;

/// The parts of names that differ, in both forms.
struct NamePair {
  std::string_view hook, parametrization;
};
constexpr std::array<NamePair, 3> kNames{{
    {".weight_orig", ".parametrizations.weight.original"},
    {".weight_u", ".parametrizations.weight.0._u"},
    {".weight_v", ".parametrizations.weight.0._v"},
}};

std::string_view ending(const NamePair& pair, SpectralForm form) {
  return form == SpectralForm::kHook ? pair.hook : pair.parametrization;
}

/// [O, the rest] in the logical order of the elements, whatever the memory format.
at::Tensor as_matrix(const at::Tensor& weight) {
  return weight.reshape({weight.size(0), -1});
}

void replace_by_normalized(const at::Tensor& vector, const at::Tensor& value) {
  vector.copy_(value / value.norm().clamp_min(kEps));
}

/// Autocast would compute products of matrices in 16 bits.
using NoAutocast = c10::impl::ExcludeDispatchKeyGuard;

}  // namespace

void iterate_power_method(const SpectralWeight& weight, int iterations) {
  const at::NoGradGuard no_grad;
  const NoAutocast no_autocast(c10::autocast_dispatch_keyset);
  const at::Tensor matrix = as_matrix(weight.original);
  const at::Tensor transposed = matrix.t();
  for (int i = 0; i < iterations; ++i) {
    if (weight.form == SpectralForm::kHook) {
      replace_by_normalized(weight.v, at::mv(transposed, weight.u));
      replace_by_normalized(weight.u, at::mv(matrix, weight.v));
    } else {
      replace_by_normalized(weight.u, at::mv(matrix, weight.v));
      replace_by_normalized(weight.v, at::mv(transposed, weight.u));
    }
  }
}

at::Tensor normalized(const SpectralWeight& weight) {
  iterate_power_method(weight, 1);
  const NoAutocast no_autocast(c10::autocast_dispatch_keyset);
  const at::Tensor u = weight.u.clone();
  const at::Tensor v = weight.v.clone();
  const at::Tensor sigma = at::dot(u, at::mv(as_matrix(weight.original), v));
  return weight.original / sigma;
}

std::string other_spectral_name(const std::string& name) {
  for (const NamePair& pair : kNames) {
    for (const auto& [from, to] :
         {std::pair{pair.hook, pair.parametrization}, std::pair{pair.parametrization, pair.hook}}) {
      if (name.ends_with(from)) {
        return name.substr(0, name.size() - from.size()) + std::string(to);
      }
    }
  }
  return name;
}

bool SpectralDiscriminator::knows(const std::string& name) const {
  const auto has = [&](const NamedTensors& tensors) {
    return std::any_of(tensors.begin(), tensors.end(),
                       [&](const NamedTensor& named) { return named.name == name; });
  };
  return has(parameters_) || has(buffers_);
}

std::string SpectralDiscriminator::own_name(const std::string& name) const {
  const std::string other = other_spectral_name(name);
  return !knows(name) && knows(other) ? other : name;
}

SpectralDiscriminator::Conv SpectralDiscriminator::add_spectral(const std::string& name,
                                                                at::IntArrayRef shape,
                                                                bool with_bias,
                                                                at::Generator& generator) {
  return add_spectral(name, default_layer(shape, with_bias, generator), generator);
}

SpectralDiscriminator::Conv SpectralDiscriminator::add_spectral(const std::string& name,
                                                                const Layer& drawn,
                                                                at::Generator& generator) {
  Conv conv;
  if (drawn.bias.defined()) {  // PyTorch registers the weight anew, behind the bias
    conv.bias = add_parameter(name + ".bias", drawn.bias);
  }
  conv.weight.form = form_;
  conv.weight.original = add_parameter(name + std::string(ending(kNames[0], form_)), drawn.weight);
  const auto direction = [&](const NamePair& pair, std::int64_t size) {
    const at::Tensor vector = torch::empty({size}).normal_(0, 1, generator);
    return add_buffer(name + std::string(ending(pair, form_)), vector / vector.norm());
  };
  const at::IntArrayRef shape = drawn.weight.sizes();
  conv.weight.u = direction(kNames[1], shape[0]);
  conv.weight.v = direction(kNames[2], c10::multiply_integers(shape.slice(1)));
  if (form_ == SpectralForm::kParametrization) {
    iterate_power_method(conv.weight, kStartIterations);
  }
  return conv;
}

Layer SpectralDiscriminator::add_plain(const std::string& name, at::IntArrayRef shape,
                                       bool with_bias, at::Generator& generator) {
  return add_layer(name, default_layer(shape, with_bias, generator));
}

}  // namespace sr
