#pragma once

#include <c10/core/Device.h>

namespace sr {

/// Frees what an exception in backward() left behind. The engine keeps the tasks that had not run,
/// and with them activations and gradients, in a queue per thread and device until its next
/// backward; this runs a dummy one that flushes the calling thread's queue and the device's. Call
/// it on the thread that called backward(), outside the catch block (the exception keeps tensors
/// alive too), with gradient recording as it was. Allocates a few bytes; throws
/// c10::OutOfMemoryError if even those are refused.
void drain_autograd(c10::Device device);

}  // namespace sr
