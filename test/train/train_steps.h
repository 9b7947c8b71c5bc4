#pragma once

// Include after the LibTorch headers.

#include <cstdint>
#include <memory>
#include <vector>

#include "train/size_policy.h"
#include "train/toy_run.h"

namespace sr::test {

/// The loop of a run, on made-up pixels: returns the events of failed attempts. `step` counts on.
inline std::vector<OutOfMemoryEvent> train_steps(int steps, ToyRun& run, SizePolicy& sizes,
                                                 std::int64_t& step) {
  std::vector<OutOfMemoryEvent> failures;
  std::unique_ptr<HostImages> images;
  for (const std::int64_t end = step + steps; step < end;) {
    sizes.next(step);
    const StepSize size = sizes.now();
    if (!images || images->batch.size != size.size) {
      images = std::make_unique<HostImages>(size.size.batch_size, size.size.lq_size,
                                            static_cast<std::uint64_t>(step));
    }
    run.recompute = size.recompute;
    const Attempt& attempt = run.attempt(images->batch, {1, size.micro_batch});
    if (const auto* failure = std::get_if<RanOutOfMemory>(&attempt)) {
      failures.push_back(sizes.failed(*failure, step));
      continue;
    }
    const auto& done = std::get<Completed>(attempt);
    if (done.worked_around) {
      failures.push_back(sizes.worked_around(done, step));
    }
    const MemoryReading memory = done.memory;
    run.commit({1e-4, 1e-4});
    ++step;
    sizes.committed(memory, images->batch.size);
    run.memory->reset_peak();
  }
  return failures;
}

}  // namespace sr::test
