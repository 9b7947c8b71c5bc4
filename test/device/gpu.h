#pragma once

#include <cstdlib>
#include <string_view>

#include "device/cuda_backend.h"

namespace sr::test {

/// Whether the environment says that a GPU must be there: [gpu] tests then fail instead of
/// skipping.
inline bool gpu_required() {
  const char* value = std::getenv("SR_REQUIRE_GPU");
  return value != nullptr && std::string_view(value) == "1";
}

}  // namespace sr::test

/// Gives `backend` in a [gpu] test; without a device the test is skipped, or fails with
/// SR_REQUIRE_GPU=1.
#define SR_OPEN_GPU(backend)                                \
  const sr::CudaBackend backend = sr::open_cuda_backend();  \
  do {                                                      \
    if (backend.devices == 0 && sr::test::gpu_required()) { \
      FAIL("SR_REQUIRE_GPU=1, but: " << backend.problem);   \
    }                                                       \
    if (backend.devices == 0) {                             \
      SR_SKIP(backend.problem);                             \
    }                                                       \
  } while (false)
