#include "device/device_stream.h"

#include <c10/core/impl/VirtualGuardImpl.h>

namespace sr {

void use_device(c10::Device device) {
  if (device.is_cpu()) {
    return;
  }
  const c10::impl::VirtualGuardImpl backend(device.type());
  backend.setDevice(device);
  backend.exchangeStream(backend.getStreamFromGlobalPool(device));
}

}  // namespace sr
