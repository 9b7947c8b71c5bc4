#pragma once

#include <chrono>

#include <c10/core/Device.h>
#include <c10/util/intrusive_ptr.h>

#include "dist/place.h"

namespace c10d {
class Backend;
class Store;
}  // namespace c10d

namespace sr {

/// A group of all ranks for tensors on a CUDA device, each rank with a device of its own. Throws
/// ConfigError when this build has none.
c10::intrusive_ptr<c10d::Backend> open_nccl_group(const c10::intrusive_ptr<c10d::Store>& store,
                                                  const Place& place,
                                                  std::chrono::milliseconds timeout,
                                                  c10::Device device);

}  // namespace sr
