#include "nn/network.h"

#include <torch/torch.h>

#include "core/error.h"
#include "nn/compact.h"

namespace sr {

const std::vector<NetworkEntry>& networks() {
  // The three sizes are one graph: a size's num_feat and num_conv are its defaults in the
  // configuration.
  static const std::vector<NetworkEntry> kNetworks = {
      {"compact", "SRVGGNetCompact, 64 features, 16 convolutions", &make_compact},
      {"ultracompact", "SRVGGNetCompact, 64 features, 8 convolutions", &make_compact},
      {"superultracompact", "SRVGGNetCompact, 24 features, 8 convolutions", &make_compact},
      {"srvggnetcompact", "SRVGGNetCompact by BasicSR's and Real-ESRGAN's name", &make_compact},
  };
  return kNetworks;
}

std::unique_ptr<Network> make_network(const NetworkConfig& config, int scale, std::uint64_t seed) {
  std::string known;
  for (const NetworkEntry& entry : networks()) {
    if (entry.type == config.type) {
      return entry.make(config, scale, seed);
    }
    known += (known.empty() ? "" : ", ") + std::string(entry.type);
  }
  throw ConfigError("network_g: type: '" + config.type + "' is not a known network; known are " +
                    known);
}

void Network::to(at::Device device, bool channels_last) {
  const auto format = channels_last ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
  for (NamedTensors* group : {&parameters_, &buffers_}) {
    for (NamedTensor& named : *group) {
      const at::Tensor moved = named.tensor.detach().to(device);
      named.tensor.set_data(moved.dim() == 4 ? moved.contiguous(format) : moved);
    }
  }
}

}  // namespace sr
