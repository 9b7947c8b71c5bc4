#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "device/device_graph.h"

namespace sr {

/// CudaApi::record.
std::unique_ptr<DeviceGraph> record_cuda_graph(int device, std::int64_t memory,
                                               const std::function<void()>& work);

}  // namespace sr
