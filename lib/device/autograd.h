#pragma once

#include <c10/core/Device.h>

#include <ATen/core/Tensor.h>

namespace sr {

/// Frees what an exception in backward() left behind. The engine keeps the tasks that had not run,
/// and with them activations and gradients, in a queue per thread and device until its next
/// backward; run() is a dummy one that flushes the calling thread's queue and the device's. Its
/// tensors are made at construction, so it works while the allocator refuses everything.
class AutogradDrain {
 public:
  explicit AutogradDrain(c10::Device device);
  /// Call on the thread that called backward(), outside the catch block: the exception keeps
  /// tensors alive too. Allocates nothing.
  void run();

 private:
  at::Tensor leaf_, seed_;  // 0-dim; leaf_ has its gradient already
};

}  // namespace sr
