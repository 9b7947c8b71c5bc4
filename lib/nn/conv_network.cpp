#include "nn/conv_network.h"

#include <torch/torch.h>

#include "core/random.h"

namespace sr {
namespace {

constexpr double kDeviation = 0.02;

}  // namespace

ConvNetwork::ConvNetwork(int scale, std::uint64_t seed)
    : Network(scale),
      generator_(at::make_generator<at::CPUGeneratorImpl>(hash(seed, 0, Stream::kNetworkInit))) {}

Layer ConvNetwork::add_conv(const std::string& name, at::IntArrayRef shape, bool bias) {
  return add_layer(name, default_layer(shape, bias, generator_));
}

Layer ConvNetwork::add_small_conv(const std::string& name, at::IntArrayRef shape) {
  return add_layer(name,
                   {truncated_normal(shape, kDeviation, generator_), torch::zeros({shape[0]})});
}

Layer ConvNetwork::add_norm(const std::string& name, std::int64_t features) {
  return add_layer(name, {torch::ones({features}), torch::zeros({features})});
}

Layer ConvNetwork::add_mean_colour(const std::string& name, double factor) {
  const Layer shift = colour_shift(div2k_mean_colour() * factor);
  return {add_buffer(name + ".weight", shift.weight), add_buffer(name + ".bias", shift.bias)};
}

}  // namespace sr
