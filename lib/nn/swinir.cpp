#include "nn/swinir.h"

#include "nn/swin_groups.h"

namespace sr {

std::unique_ptr<Network> make_network(const arch::SwinIrOptions& options, int scale,
                                      std::uint64_t seed) {
  return std::make_unique<SwinGroups>(options, scale, seed);
}

}  // namespace sr
