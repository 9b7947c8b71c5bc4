#pragma once

// Include after the LibTorch headers.

#include <cstdint>
#include <memory>
#include <vector>

#include "train/size_control.h"
#include "train/toy_run.h"

namespace sr::test {

/// The loop of a run, on made-up pixels: returns the events of failed attempts.
inline std::vector<OutOfMemoryEvent> train_steps(int steps, ToyRun& run, SizeControl& sizes,
                                                 RunState& state) {
  std::vector<OutOfMemoryEvent> failures;
  std::unique_ptr<HostImages> images;
  for (int i = 0; i < steps;) {
    sizes.before_step(state);
    if (!images || images->batch.size != state.size) {
      images = std::make_unique<HostImages>(state.size.batch_size, state.size.lq_size,
                                            static_cast<std::uint64_t>(state.step));
    }
    const Attempt attempt = run.step->attempt(images->batch, {1, state.micro_batch});
    if (attempt.out_of_memory) {
      failures.push_back(sizes.after_failure(attempt, state));
    }
    if (attempt.can_commit()) {
      run.step->commit({1e-4, 1e-4});
      ++state.step;
      ++i;
      sizes.after_commit(attempt.memory, images->batch.size, state);
      run.memory->reset_peak();
    }
  }
  return failures;
}

}  // namespace sr::test
