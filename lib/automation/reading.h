#pragma once

#include <cstdint>

// What the controller is told about memory: plain bytes, measured by someone else (on a device by
// its allocator, in tests by a simulated device). Nothing here knows where a number came from.

namespace sr {

/// Memory right after one committed step, with its batch and outputs already dropped.
struct StepReading {
  std::int64_t alloc_peak = 0;     ///< largest "allocated" since the peaks were last reset
  std::int64_t reserved_peak = 0;  ///< same for "reserved" (allocated plus the allocator's cache)
  std::int64_t allocated = 0;      ///< now, between steps: weights, gradients, optimizer state, EMA
  std::int64_t external = 0;       ///< of `total`, what this process cannot reach: others hold it
  std::int64_t total = 0;          ///< memory_limit if set, else the device's
  std::int64_t retries = 0;  ///< the allocator's retry counter of this process, only ever rising
};

/// One window of committed steps that all had the same size.
struct WindowReading {
  std::int64_t alloc_peak = 0;     ///< window maximum
  std::int64_t reserved_peak = 0;  ///< window maximum
  std::int64_t external = 0;       ///< window maximum
  std::int64_t between_steps = 0;  ///< window minimum of what is allocated between steps
  std::int64_t total = 0;          ///< as of the last step
  std::int64_t retries = 0;        ///< allocator retries within the window
};

/// Memory as it was when an attempt at a step ran out of it.
struct FailureReading {
  std::int64_t step = 0;           ///< committed steps so far: failures of one step share it
  std::int64_t requested = 0;      ///< size of the refused request, 0 when unknown
  std::int64_t live = 0;           ///< allocated at the throw
  std::int64_t reserved = 0;       ///< reserved at the throw
  std::int64_t between_steps = 0;  ///< allocated between steps
  std::int64_t external = 0;
  std::int64_t total = 0;
  bool soft = false;  ///< the step succeeded; LibTorch swallowed the refusal and went another way
};

}  // namespace sr
