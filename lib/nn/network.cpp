#include "nn/network.h"

#include <string>

#include "arch/catalogue.h"
#include "core/error.h"
#include "nn/artcnn.h"
#include "nn/atd.h"
#include "nn/cascadedgaze.h"
#include "nn/compact.h"
#include "nn/craft.h"
#include "nn/dat.h"
#include "nn/dctlsa.h"
#include "nn/dis.h"
#include "nn/ditn.h"
#include "nn/docres.h"
#include "nn/drct.h"
#include "nn/dwt.h"
#include "nn/edsr.h"
#include "nn/eimn.h"
#include "nn/elan.h"
#include "nn/emt.h"
#include "nn/escrealm.h"
#include "nn/fdat.h"
#include "nn/flexnet.h"
#include "nn/gaterv3.h"
#include "nn/grl.h"
#include "nn/hat.h"
#include "nn/hit.h"
#include "nn/lkfmixer.h"
#include "nn/lmlt.h"
#include "nn/man.h"
#include "nn/moesr2.h"
#include "nn/mosr.h"
#include "nn/mosrv2.h"
#include "nn/omnisr.h"
#include "nn/plksr.h"
#include "nn/rcan.h"
#include "nn/realcugan.h"
#include "nn/realplksr.h"
#include "nn/rgt.h"
#include "nn/rrdb.h"
#include "nn/rtmosr.h"
#include "nn/safmn.h"
#include "nn/scunet.h"
#include "nn/sebica.h"
#include "nn/seemore.h"
#include "nn/span.h"
#include "nn/spanf3.h"
#include "nn/spanplus.h"
#include "nn/srformer.h"
#include "nn/swin2sr.h"
#include "nn/swinir.h"
#include "nn/temporal_span.h"
#include "nn/temporal_span_v2.h"
#include "nn/tfdat.h"
#include "nn/torchscript.h"
#include "nn/tscunet.h"

namespace sr {

std::unique_ptr<Network> make_network(const NetworkConfig& config, int scale, std::uint64_t seed) {
  if (const auto found = arch::impossible(config.options, scale)) {
    throw ConfigError("network_g: " + found->option + ": " + found->reason);
  }
  std::unique_ptr<Network> network =
      std::visit([&](const auto& options) { return make_network(options, scale, seed); },
                 config.options.get());
  network->describe({{"architecture", config.type}, {"scale", std::to_string(network->scale())}});
  network->describe(arch::arguments(config.options));
  return network;
}

}  // namespace sr
