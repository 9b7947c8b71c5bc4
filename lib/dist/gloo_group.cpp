#include "dist/gloo_group.h"

#define USE_C10D_GLOO 1  // LibTorch's header is empty without
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>

#include "dist/address.h"

namespace sr {

// Allocated here and constructed in LibTorch 2.11, which was built with Gloo's own headers instead
// of gloo_declarations/.
static_assert(sizeof(c10d::ProcessGroupGloo) == 488);

c10::intrusive_ptr<c10d::Backend> open_gloo_group(const c10::intrusive_ptr<c10d::Store>& store,
                                                  const Place& place,
                                                  std::chrono::milliseconds timeout) {
  using Group = c10d::ProcessGroupGloo;
  auto options = Group::Options::create(timeout);
  options->devices.push_back(
      place.interface.empty()
          ? Group::createDeviceForHostname(address_toward(place.address, place.port))
          : Group::createDeviceForInterface(place.interface));
  return c10::make_intrusive<Group>(store, place.rank, place.world, options);
}

}  // namespace sr
