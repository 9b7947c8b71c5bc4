#pragma once

#include <string>

#include "device/cuda/api.h"

namespace sr {

/// CudaApi::open_nccl_group.
c10::intrusive_ptr<c10d::Backend> open_nccl_group(const c10::intrusive_ptr<c10d::Store>& store,
                                                  const CudaApi::Member& member, std::string& why);

}  // namespace sr
