#pragma once

#include <chrono>
#include <string>

#include <c10/util/intrusive_ptr.h>

#include "dist/place.h"

namespace c10d {
class Backend;
class Store;
}  // namespace c10d

namespace sr {

/// A group of all ranks over TCP for tensors in host memory, out of LibTorch's own library. Returns
/// when every rank is connected to every other. `store` is the group's own (a PrefixStore).
c10::intrusive_ptr<c10d::Backend> open_gloo_group(const c10::intrusive_ptr<c10d::Store>& store,
                                                  const Place& place,
                                                  std::chrono::milliseconds timeout);

}  // namespace sr
