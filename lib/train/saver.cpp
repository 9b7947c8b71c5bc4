#include "train/saver.h"

#include <fmt/format.h>

#include <chrono>
#include <exception>
#include <utility>

namespace sr {

Saver::Saver(const TrainerParts& parts, RunState& state, bool resumed)
    : parts_(parts), state_(state), saved_step_(resumed ? state.step : kNone) {}

void Saver::save() {
  if (saved_step_ == state_.step) {
    return;
  }
  state_.skipped += parts_.step.take_skipped();
  if (const auto failure = run_or_out_of_memory([&] { stage(); }, [] { return true; })) {
    stage_with_less_memory(*failure);
  }
  saved_step_ = state_.step;
}

void Saver::stage() {
  const SizePolicy& sizes = parts_.sizes;
  const SavedRun run{state_, sizes.now(), sizes.adjustments(), parts_.rate.ramp()};
  parts_.checkpoints.save(run, sizes.save(), parts_.automations.save());
}

void Saver::stage_with_less_memory(const OutOfMemory& failure) {
  const auto started = std::chrono::steady_clock::now();
  parts_.checkpoints.finish();  // what an earlier save staged is free after this
  parts_.memory.empty_cache();
  ++state_.ooms;
  stage();
  OutOfMemoryEvent event;
  event.where = "checkpoint";
  event.kind = "genuine";
  event.size = event.to = parts_.sizes.now().size;
  event.micro_batch = event.to_micro_batch = parts_.sizes.now().micro_batch;
  event.to_recompute = parts_.sizes.now().recompute;
  event.requested_bytes = failure.requested_bytes;
  event.lost_ms =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - started).count();
  parts_.report(state_.step, event);
}

void Saver::save_best(const BestRecord& record) {
  try {
    parts_.checkpoints.save_best(record);
  } catch (...) {
    forget();
    throw;
  }
}

void Saver::save_after_error() {
  try {
    // What is on its way may fail yet: save() would take it for saved.
    try {
      finish();
    } catch (const StorageError& error) {
      parts_.report(state_.step, WarningEvent{error.what(), ""});
    }
    save();
    finish();
  } catch (const std::exception& error) {
    parts_.report(state_.step,
                  WarningEvent{fmt::format("the state could not be saved: {}", error.what()), ""});
  }
}

void Saver::finish() {
  try {
    parts_.checkpoints.finish();
  } catch (...) {
    forget();
    throw;
  }
  report_written();
}

void Saver::report_written() {
  for (const CheckpointEvent& event : parts_.checkpoints.take_written()) {
    if (std::exchange(told_step_, event.step) != event.step) {
      parts_.report(event.step, event);
    }
  }
  for (const WarningEvent& warning : parts_.checkpoints.take_warnings()) {
    parts_.report(state_.step, warning);
  }
}

}  // namespace sr
