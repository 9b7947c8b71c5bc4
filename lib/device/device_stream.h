#pragma once

#include <c10/core/Device.h>

namespace sr {

/// Makes `device` the calling thread's, with a stream of its own for what the thread queues from
/// now on: work on the default stream waits for all others and cannot be recorded. Nothing on the
/// CPU.
void use_device(c10::Device device);

}  // namespace sr
