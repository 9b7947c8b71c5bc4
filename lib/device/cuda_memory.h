#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "device/cuda/api.h"
#include "device/memory.h"

namespace sr {

/// The gauge of one CUDA device; `api` is a started back end's.
std::unique_ptr<DeviceMemory> make_cuda_memory(const CudaApi& api, int device,
                                               std::optional<std::int64_t> limit);

}  // namespace sr
