#pragma once

#include <ATen/core/dispatch/Dispatcher.h>

namespace sr {

/// An operator that this program has added to LibTorch's, by its name ("sr::..."). It is there once
/// CUDA has been opened (lib/device/cuda); throws c10::Error before.
template <typename Signature>
auto own_operator(const char* name) {
  return c10::Dispatcher::singleton().findSchemaOrThrow(name, "").typed<Signature>();
}

}  // namespace sr
