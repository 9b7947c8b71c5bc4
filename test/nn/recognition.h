#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "arch/catalogue.h"
#include "nn/network.h"
#include "support/catch.h"
#include "support/networks.h"

// What the catalogue makes of the tensors that a network's weight file holds.

namespace sr::test {

using Shapes = std::map<std::string, std::vector<std::int64_t>, std::less<>>;
using Codes = std::map<std::string, arch::TensorShapes::Codes, std::less<>>;

inline NamedTensors derived_of(const Network& network) {
  std::vector<at::Tensor> values;
  for (const NamedTensor& parameter : network.parameters()) {
    values.push_back(parameter.tensor);
  }
  return network.derived_tensors(values);
}

/// Of all tensors in its file.
inline Shapes shapes_of(const Network& network) {
  Shapes shapes;
  for (const NamedTensors* group : {&network.parameters(), &network.buffers()}) {
    for (const NamedTensor& named : *group) {
      shapes[named.name] = named.tensor.sizes().vec();
    }
  }
  for (const NamedTensor& derived : derived_of(network)) {
    shapes[derived.name] = derived.tensor.sizes().vec();
  }
  return shapes;
}

/// Of its buffers of bytes and its masks, as arch::TensorShapes wants them.
inline Codes codes_of(const Network& network) {
  const auto bytes_of = [](const at::Tensor& tensor) {
    const at::Tensor bytes = tensor.to(at::kByte);
    const auto* values = bytes.const_data_ptr<std::uint8_t>();
    return arch::TensorShapes::Codes(values, values + bytes.numel());
  };
  Codes codes;
  for (const NamedTensor& buffer : network.buffers()) {
    if (buffer.tensor.scalar_type() == at::kByte || buffer.tensor.scalar_type() == at::kBool) {
      codes[buffer.name] = bytes_of(buffer.tensor);
    }
  }
  for (const NamedTensor& derived : derived_of(network)) {
    if (derived.name.ends_with("attn_mask")) {
      codes[derived.name] = bytes_of(derived.tensor.ne(0).flatten(1).any(1));
    }
  }
  return codes;
}

/// What the file of `network` is taken for.
inline std::optional<arch::RecognisedNetwork> recognised(const Network& network) {
  return arch::recognise(arch::TensorShapes(shapes_of(network), codes_of(network)));
}

/// The network that the tensors of one of `config` are taken for has the same tensors.
inline void require_recognised(const NetworkConfig& config, int scale) {
  CAPTURE(config.type, scale);
  const auto network = make_network(config, scale, 0);
  const auto found = recognised(*network);
  REQUIRE(found);
  REQUIRE(found->scale == scale);
  const auto again = make_network({found->type, found->options}, found->scale, 0);
  REQUIRE(shapes_of(*again) == shapes_of(*network));
  REQUIRE(codes_of(*again) == codes_of(*network));
}

/// The same of a network of this type with `arguments`, and `small` for what they leave out.
inline void require_recognised(const std::string& type, const arch::Arguments& small,
                               const arch::Arguments& arguments, int scale) {
  arch::Arguments all = arguments;
  all.insert(small.begin(), small.end());
  require_recognised(network_of(type, all), scale);
}

}  // namespace sr::test
