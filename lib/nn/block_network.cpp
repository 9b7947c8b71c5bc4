#include "nn/block_network.h"

#include <numeric>
#include <utility>

#include <torch/torch.h>

#include "core/random.h"
#include "nn/initialization.h"

namespace sr {
namespace {

using arch::ResidualConnection;

constexpr double kLeakySlope = 0.2;

}  // namespace

BlockNetwork::BlockNetwork(Blocks blocks, int scale, std::uint64_t seed)
    : Network(scale),
      blocks_(std::move(blocks)),
      generator_(at::make_generator<at::CPUGeneratorImpl>(hash(seed, 0, Stream::kNetworkInit))) {
  mean_colour_ = add_constant(div2k_mean_colour().view({1, 3, 1, 1}));
}

Layer BlockNetwork::add_norm(const std::string& name, int features) {
  return add_layer(name, {torch::ones({features}), torch::zeros({features})});
}

Layer BlockNetwork::add_linear(const std::string& name, int inputs, int outputs, bool bias) {
  return add_layer(name, linear_layer(blocks_.linear, inputs, outputs, bias, generator_));
}

Layer BlockNetwork::add_conv(const std::string& name, int inputs, int outputs, int side) {
  return add_conv(name, {outputs, inputs, side, side});
}

Layer BlockNetwork::add_conv(const std::string& name, at::IntArrayRef shape, bool bias) {
  return add_layer(name, default_layer(shape, bias, generator_));
}

BlockNetwork::Connection BlockNetwork::add_connection(const std::string& name) {
  const int features = blocks_.features;
  const int inside = features / 4;
  switch (blocks_.connection) {
    case ResidualConnection::kOneConv:
      return {{add_conv(name, features, features, 3)}};
    case ResidualConnection::kThreeConvs:
      return {{add_conv(name + ".0", features, inside, 3), add_conv(name + ".2", inside, inside, 1),
               add_conv(name + ".4", inside, features, 3)}};
    case ResidualConnection::kPointwise:
      return {{add_conv(name, features, features, 1)}};
    case ResidualConnection::kLinear:
      return {{add_linear(name, features, features)}};
    case ResidualConnection::kIdentity:
      break;
  }
  return {};
}

GatedConv BlockNetwork::add_gated_conv(const std::string& name, int features, int inside,
                                       const GatedConvNames& names) {
  const auto conv = [&](const char* part, at::IntArrayRef shape) {
    return add_conv(name + part, shape, names.bias);
  };
  GatedConv gate;
  gate.in = conv(names.in, {2 * inside, features, 1, 1});
  gate.depthwise = conv(names.depthwise, {2 * inside, 1, 3, 3});
  gate.out = conv(names.out, {features, inside, 1, 1});
  return gate;
}

AttendedConv BlockNetwork::add_attended_conv(const std::string& name, int features, int inside,
                                             int squeezed) {
  AttendedConv conv;
  conv.narrow = add_conv(name + ".0", features, inside, 3);
  conv.widen = add_conv(name + ".2", inside, features, 3);
  conv.squeeze = add_conv(name + ".3.attention.1", features, squeezed, 1);
  conv.excite = add_conv(name + ".3.attention.3", squeezed, features, 1);
  return conv;
}

std::size_t BlockNetwork::add_branch(double drop_rate) {
  drop_rates_.push_back(drop_rate);
  return drop_rates_.size() - 1;
}

void BlockNetwork::add_derived(const std::string& name, const at::Tensor& value) {
  derived_names_.push_back(name);
  derived_.push_back(value);
}

NamedTensors BlockNetwork::derived_tensors(const std::vector<at::Tensor>& /*parameters*/) const {
  NamedTensors tensors;
  for (std::size_t i = 0; i < derived_.size(); ++i) {
    tensors.push_back({derived_names_[i], derived_[i]});
  }
  return tensors;
}

double BlockNetwork::drop_rate_of(int index) const {
  const int blocks = std::accumulate(blocks_.depths.begin(), blocks_.depths.end(), 0);
  return blocks > 1 ? blocks_.drop_path_rate * index / (blocks - 1) : 0;
}

at::Tensor BlockNetwork::normalized(const at::Tensor& pixels, const Layer& norm, double epsilon) {
  return at::layer_norm(pixels, {pixels.size(-1)}, norm.weight, norm.bias, epsilon);
}

at::Tensor BlockNetwork::through(const Connection& connection, const at::Tensor& pixels) const {
  if (blocks_.connection == ResidualConnection::kLinear) {
    return at::linear(pixels, connection.layers.front().weight, connection.layers.front().bias);
  }
  at::Tensor features = pixels.permute({0, 3, 1, 2});
  for (std::size_t i = 0; i < connection.layers.size(); ++i) {
    features = convolved(features, connection.layers[i]);
    if (i + 1 < connection.layers.size()) {
      features = at::leaky_relu_(features, kLeakySlope);
    }
  }
  return features.permute({0, 2, 3, 1});
}

at::Tensor BlockNetwork::kept(const at::Tensor& output, std::size_t branch,
                              const Pass& pass) const {
  if (!pass.kept.defined() || drop_rates_[branch] <= 0) {
    return output;
  }
  const at::Tensor factors = pass.kept[static_cast<std::int64_t>(branch)];
  return output * factors.view({-1, 1, 1, 1}).to(output.scalar_type());
}

Tensors BlockNetwork::tensors_of(const Parameters& range) const {
  Tensors tensors;
  for (std::size_t i = range.begin; i < range.end; ++i) {
    tensors.push_back(parameters()[i].tensor);
  }
  return tensors;
}

at::Tensor BlockNetwork::computed(const Parameters& range, const Block& block,
                                  const at::Tensor& pixels) const {
  return sr::computed(how_computed(), block, pixels, tensors_of(range));
}

Tensors BlockNetwork::computed(const Parameters& range,
                               const std::function<Tensors(const Tensors&)>& block,
                               const Tensors& inputs) const {
  return sr::computed(how_computed(), block, inputs, tensors_of(range));
}

}  // namespace sr
