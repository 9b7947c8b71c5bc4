#include "nn/network.h"

#include "core/error.h"
#include "nn/compact.h"
#include "nn/rrdb.h"

namespace sr {

const std::vector<NetworkEntry>& networks() {
  // The three sizes are one graph: a size's num_feat and num_conv are its defaults in the
  // configuration.
  static const std::vector<NetworkEntry> kNetworks = {
      {"compact", "SRVGGNetCompact, 64 features, 16 convolutions", &make_compact},
      {"ultracompact", "SRVGGNetCompact, 64 features, 8 convolutions", &make_compact},
      {"superultracompact", "SRVGGNetCompact, 24 features, 8 convolutions", &make_compact},
      {"srvggnetcompact", "SRVGGNetCompact by BasicSR's and Real-ESRGAN's name", &make_compact},
      {"esrgan", "RRDB network as in traiNNer-redux, 64 features, 23 blocks", &make_esrgan},
      {"esrgan_lite", "RRDB network as in traiNNer-redux, 32 features, 12 blocks", &make_esrgan},
      {"rrdbnet", "RRDB network as in BasicSR, 64 features, 23 blocks", &make_rrdbnet},
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

}  // namespace sr
