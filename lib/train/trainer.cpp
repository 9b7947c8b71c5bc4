#include "train/trainer.h"

#include <fmt/format.h>

#include <chrono>
#include <stdexcept>
#include <utility>
#include <variant>

#include "train/must_fit.h"
#include "train/program_files.h"

namespace sr {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::int64_t kMostSkippedInARow = 10;

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

/// Where nothing smaller is left, the error names the programs whose memory that is.
OutOfMemoryEvent smaller_sizes(const TrainerParts& parts, const RanOutOfMemory& failure,
                               std::int64_t step) {
  try {
    return parts.sizes.failed(failure, step);
  } catch (const DoesNotFitError& error) {
    const std::string programs = program_files(parts.config);
    if (programs.empty()) {
      throw;
    }
    throw DoesNotFitError(fmt::format("{}\nIts networks are programs: {}", error.what(), programs));
  }
}

}  // namespace

Trainer::Trainer(TrainerParts parts, TrainerStart start)
    : parts_(std::move(parts)),
      start_(std::move(start)),
      length_(parts_.config.train),
      state_(start_.state),
      counters_(state_.cursor),
      progress_(parts_, start_, state_),
      saver_(parts_, state_, start_.resumed),
      validation_(parts_, start_, state_, saver_) {}

ExitCode Trainer::train() {
  try {
    ExitCode code = ExitCode::kUnexpected;
    must_fit("training", parts_.memory, [&] { code = loop(); });
    saver_.finish();
    progress_.report_end(code, reason_of(code), counters_);
    return code;
  } catch (const Error& error) {
    end_with_error(error.exit_code(), error.what());
    throw;
  } catch (const std::exception& error) {
    end_with_error(ExitCode::kUnexpected, std::string("unexpected error: ") + error.what());
    throw;
  }
}

void Trainer::end_with_error(ExitCode code, const std::string& reason) {
  if (committing_ || !parts_.agreement.state_is_intact()) {
    parts_.report(
        state_.step,
        WarningEvent{
            committing_ ? "the error came while weights were being updated: this state is not saved"
                        : "sums over the ranks were broken off: this state is not saved",
            ""});
  } else {
    saver_.save_after_error();
    counters_.undo_step();
  }
  progress_.report_end(code, reason, counters_);
}

std::string Trainer::reason_of(ExitCode code) const {
  if (code != ExitCode::kDone) {
    const auto stop = parts_.stop_requested();
    return fmt::format("stopped by a signal ({})", stop ? stop->name : "");
  }
  const std::string reached = length_.reached(state_.point());
  return reached.empty() ? "early_stopping: " + parts_.automations.stopped().value_or("")
                         : reached + " reached";
}

ExitCode Trainer::loop() {
  if (const std::string reached = length_.reached(state_.point());
      start_.resumed && !reached.empty()) {
    parts_.report(state_.step,
                  NoticeEvent{fmt::format("the run is finished already: {0} is reached; a larger "
                                          "train.{0} goes on with it",
                                          reached)});
  }
  if (validation_.is_missing()) {
    validation_.run();
  }
  while (length_.reached(state_.point()).empty() && !parts_.automations.stopped()) {
    if (const std::optional<StopRequest> stop = parts_.stop_requested()) {
      saver_.save();
      return stop->code;
    }
    take_step();
    after_step();
  }
  if (state_.validated_step != state_.step) {
    saver_.save();
    validation_.run();
  }
  saver_.save();
  if (state_.validated_step != state_.step) {  // cut off
    const std::optional<StopRequest> stop = parts_.stop_requested();
    return stop ? stop->code : ExitCode::kDone;
  }
  return ExitCode::kDone;
}

void Trainer::take_step() {
  StepSize size = parts_.sizes.next(state_.step);
  const int parts = parts_.config.train_set.accum_iter;
  const Clock::time_point step_start = Clock::now();
  double data_wait_ms = 0;
  counters_.begin_step();
  while (true) {
    const Clock::time_point attempt_start = Clock::now();
    const Batch batch =
        parts_.batches.take(state_.cursor, {size.size.lq_size, size.size.batch_size * parts});
    data_wait_ms += batch.wait_ms;
    prefetch_after(batch);
    Attempt outcome = attempt(batch, size);
    if (const auto* shortage = std::get_if<RanOutOfMemory>(&outcome)) {
      recover(*shortage, milliseconds_since(attempt_start));
    } else if (const auto* error = std::get_if<LibraryError>(&outcome)) {
      leave_size(*error);
    } else {
      note_worked_around(std::get<Completed>(outcome), milliseconds_since(attempt_start));
    }
    if (const auto problem = parts_.step.take_graph_problem()) {
      parts_.report(
          state_.step,
          WarningEvent{"cuda_graph: this step cannot be recorded, it goes on without: " + *problem,
                       ""});
    }
    if (auto* done = std::get_if<Completed>(&outcome)) {
      const MemoryReading memory = done->memory;
      const auto samples = static_cast<std::int64_t>(batch.next_sample - batch.first_sample);
      const double lr = commit(batch, std::move(*done));
      decide_sizes(memory, size.size);
      progress_.add(
          {size.size, samples, lr, milliseconds_since(step_start), data_wait_ms,
           static_cast<double>(memory.allocated_peak) / static_cast<double>(memory.total)});
      return;
    }
    size = parts_.sizes.now();  // the same step, the same samples
  }
}

/// The next batch is cut while this one is computed; a size that changes meanwhile costs no more
/// than cutting it anew.
void Trainer::prefetch_after(const Batch& batch) {
  if (length_.reached(after(batch)).empty()) {
    parts_.batches.prefetch(batch.next_sample, batch.size);
  }
}

RunPoint Trainer::after(const Batch& batch) const {
  const std::int64_t side = std::int64_t{batch.size.lq_size} * parts_.config.scale;
  const auto samples = static_cast<std::int64_t>(batch.next_sample - batch.first_sample);
  return {state_.step + 1, batch.next_sample, state_.pixels + samples * side * side, seconds_};
}

Attempt Trainer::attempt(const Batch& batch, const StepSize& size) {
  const StepPlan plan{{parts_.config.train_set.accum_iter, size.micro_batch},
                      state_.step,
                      size.recompute,
                      !parts_.sizes.growing()};
  Attempt own = parts_.step.attempt(batch, plan);
  const StepPlace place{state_.step,      state_.cursor,  size.size,
                        size.micro_batch, size.recompute, start_.state.seconds + parts_.clock()};
  Attempt agreed = parts_.agreement.agree(std::move(own), place, parts_.step);
  seconds_ = parts_.agreement.common_seconds(place.seconds);
  return agreed;
}

void Trainer::recover(const RanOutOfMemory& failure, double lost_ms) {
  ++state_.ooms;
  OutOfMemoryEvent event = smaller_sizes(parts_, failure, state_.step);
  event.lost_ms = lost_ms;
  event.rank = failure.rank;
  parts_.report(state_.step, event);
}

void Trainer::note_worked_around(const Completed& attempt, double lost_ms) {
  if (attempt.worked_around) {
    ++state_.ooms;
    OutOfMemoryEvent event = parts_.sizes.worked_around(attempt, state_.step);
    event.lost_ms = lost_ms;
    event.rank = attempt.rank;
    parts_.report(state_.step, event);
  }
}

/// A size that growth chose may be more than a library can count. An error at a size that has been
/// trained is none of that kind: the run ends with it.
void Trainer::leave_size(const LibraryError& failure) {
  const std::optional<Decision> decision = parts_.sizes.refused(failure, state_.step);
  if (!decision) {
    end_with(failure, parts_.config);
  }
  parts_.report(state_.step, *decision);
}

RunPoint Trainer::beginning() {
  RunPoint at = state_.point();
  at.seconds = seconds_;
  // The first reading of a process stands in its events even if it is that of the process before:
  // of two readings at one step the last one counts.
  if (const auto permille = length_.permille(at); permille != permille_) {
    parts_.report(state_.step, ClockEvent{permille.value_or(0)});
    permille_ = permille;
  }
  return at;
}

double Trainer::commit(const Batch& batch, Completed attempt) {
  const RunPoint at = beginning();
  const RunPoint next = after(batch);
  committing_ = true;
  const int batch_size = batch.size.batch_size / parts_.config.train_set.accum_iter;
  // Here, so that sizes that no step was taken with leave no trace.
  const LearningRates rates = parts_.rate.of_step(at, batch_size, parts_.automations.rate_factor());
  parts_.step.commit(std::move(attempt), rates);
  counters_.commit(batch.first_sample, batch.next_sample - batch.first_sample);
  state_.cursor = next.samples;
  state_.pixels = next.pixels;
  state_.seconds = next.seconds;
  ++state_.step;
  committing_ = false;
  parts_.automations.committed({batch.size.lq_size, batch_size}, parts_.rate.warming_up(at));
  return rates.generator;
}

void Trainer::decide_sizes(const MemoryReading& memory, TrainingSize size) {
  if (const std::optional<Decision> decision = parts_.sizes.committed(memory, size)) {
    parts_.report(state_.step, *decision);
    if (decision->size != decision->from) {
      // Blocks of the old size fit little of the new one, and count as taken as long as they are
      // kept.
      parts_.memory.empty_cache();
    }
    for (const std::string& notice : decision->notices) {
      parts_.report(state_.step, NoticeEvent{notice});
    }
  }
  parts_.memory.reset_peak();
}

void Trainer::after_step() {
  if (const auto notice = parts_.look_at_host()) {
    parts_.report(state_.step, NoticeEvent{*notice});
  }
  if (const auto decision = parts_.automations.after_step(state_.step)) {
    parts_.report(state_.step, *decision);
  }
  const Config& config = parts_.config;
  const bool progress_due = state_.is_due(config.logger.print_freq);
  const bool validation_due = state_.is_due(config.val.val_freq);
  const bool last = !length_.reached(state_.point()).empty();
  // A run that ends, with its length or by what a validation tells early stopping, has not
  // diverged.
  if (progress_due || validation_due || last || start_.counters_are_free) {
    check_divergence();
  }
  if (progress_due || last) {
    progress_.report_progress();
  } else {
    progress_.report_tick();
  }
  if (state_.is_due(config.logger.save_checkpoint_freq) || last) {
    saver_.save();  // before the validation: whatever happens there costs no step
  }
  if (validation_due) {
    validation_.run();
  }
  saver_.report_written();
}

void Trainer::check_divergence() {
  state_.skipped += parts_.step.take_skipped();
  // More than the limit where a device is not asked after every step.
  const std::int64_t in_a_row = parts_.step.skipped_in_a_row();
  if (in_a_row >= kMostSkippedInARow) {
    throw DivergedError(fmt::format(
        "the loss or its gradients were not finite in {} steps in a row (steps {} to {}); the "
        "weights are those of step {}."
        " A lower learning rate, train.grad_clip or a warm-up usually helps",
        in_a_row, state_.step - in_a_row + 1, state_.step, state_.step - in_a_row));
  }
}

}  // namespace sr
