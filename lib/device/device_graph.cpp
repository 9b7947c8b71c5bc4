#include "device/device_graph.h"

#include <c10/util/Exception.h>

#include "device/cuda_backend.h"

namespace sr {

RecordedGraph record_graph(c10::Device device, std::int64_t memory,
                           const std::function<void()>& work) {
  const CudaBackend cuda = open_cuda_backend();
  if (!device.is_cuda() || device.index() >= cuda.devices) {
    return {nullptr, device.str() + " cannot record work"};
  }
  try {
    return {cuda.api->record(device.index(), memory, work), ""};
  } catch (const c10::Error& error) {
    return {nullptr, error.what_without_backtrace()};
  }
}

}  // namespace sr
