#include "train/trainer.h"

#include <fmt/format.h>

#include <chrono>
#include <limits>
#include <stdexcept>

#include "device/out_of_memory.h"
#include "train/learning_rate.h"
#include "train/must_fit.h"

namespace sr {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::int64_t kMostSkippedInARow = 10;

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

bool due(std::int64_t every, std::int64_t step) {
  return every > 0 && step % every == 0;
}

}  // namespace

std::int64_t Trainer::Ledger::samples_lost() const {
  return static_cast<std::int64_t>(next_sample - first_sample) -
         static_cast<std::int64_t>(samples_committed);
}

Trainer::Trainer(Run& run)
    : run_(run),
      config_(run.config),
      state_(run.state),
      schedule_(config_.train, config_.train.optim_g),
      discriminator_schedule_(config_.train,
                              config_.train.optim_d.value_or(config_.train.optim_g)) {
  ledger_.first_sample = ledger_.next_sample = state_.cursor;
  saved_step_ = run.resumed_from ? state_.step : -1;
  if (run.device.is_cpu()) {
    threads_.emplace();
  }
}

ExitCode Trainer::train() {
  try {
    ExitCode code = ExitCode::kUnexpected;
    must_fit("training", *run_.memory, [&] { code = loop(); });
    run_.checkpoints->finish();
    report_written();
    end(code, reason_of(code));
    return code;
  } catch (const Error& error) {
    save_after_error();
    end(error.exit_code(), error.what());
    throw;
  } catch (const std::exception& error) {
    save_after_error();
    end(ExitCode::kUnexpected, std::string("unexpected error: ") + error.what());
    throw;
  }
}

std::string Trainer::reason_of(ExitCode code) const {
  if (code != ExitCode::kDone) {
    return fmt::format("stopped by a signal ({})", signals_.name());
  }
  return state_.step < config_.train.total_iter
             ? "early_stopping: " + run_.automations->stopped().value_or("")
             : "total_iter reached";
}

ExitCode Trainer::loop() {
  if (validation_is_missing()) {
    validate();
  }
  while (state_.step < config_.train.total_iter && !run_.automations->stopped()) {
    if (const std::optional<ExitCode> stop = signals_.requested()) {
      save();
      return *stop;
    }
    take_step();
    after_step();
  }
  if (state_.validated_step != state_.step) {
    save();
    validate();
  }
  save();
  const bool cut_off = state_.validated_step != state_.step;
  return cut_off ? signals_.requested().value_or(ExitCode::kDone) : ExitCode::kDone;
}

void Trainer::take_step() {
  run_.sizes->before_step(state_);
  const int parts = config_.train_set.accum_iter;
  const Clock::time_point step_start = Clock::now();
  double data_wait_ms = 0;
  ++ledger_.steps_begun;
  while (true) {
    const Clock::time_point attempt_start = Clock::now();
    const TrainingSize whole{state_.size.lq_size, state_.size.batch_size * parts};
    const Batch batch = run_.loader->take(state_.cursor, whole);
    data_wait_ms += batch.wait_ms;
    prefetch_after(batch);
    run_.step->set_sizes_settled(!run_.sizes->growing());
    const Attempt attempt = run_.step->attempt(batch, {parts, state_.micro_batch}, state_.step);
    if (attempt.library_error) {
      leave_size(attempt);
    } else if (attempt.out_of_memory) {
      recover(attempt, milliseconds_since(attempt_start));
    }
    if (const auto problem = run_.step->take_graph_problem()) {
      run_.report(
          state_.step,
          WarningEvent{"cuda_graph: this step cannot be recorded, it goes on without: " + *problem,
                       ""});
    }
    if (!attempt.can_commit()) {
      continue;  // the same step, the same samples
    }
    commit(batch, attempt);
    const double total = static_cast<double>(attempt.memory.total);
    meter_.add(milliseconds_since(step_start), data_wait_ms,
               static_cast<double>(attempt.memory.allocated_peak) / total);
    return;
  }
}

/// The next batch is cut while this one is computed; a size that changes meanwhile costs no more
/// than cutting it anew.
void Trainer::prefetch_after(const Batch& batch) {
  if (state_.step + 1 < config_.train.total_iter) {
    run_.step->wait_for_upload();  // of the batch before, whose memory the next one gets
    run_.loader->prefetch(batch.first_sample + static_cast<std::uint64_t>(batch.size.batch_size),
                          batch.size);
  }
}

void Trainer::recover(const Attempt& attempt, double lost_ms) {
  ++state_.ooms;
  OutOfMemoryEvent event = run_.sizes->after_failure(attempt, state_);
  event.lost_ms = lost_ms;
  run_.report(state_.step, event);
}

/// A size that growth chose may be more than a library can count. An error at a size that has been
/// trained is none of that kind: the run ends with it.
void Trainer::leave_size(const Attempt& attempt) {
  const auto event = run_.sizes->after_library_error(attempt, state_);
  if (!event) {
    throw std::runtime_error(*attempt.library_error);
  }
  run_.report(state_.step, *event);
}

void Trainer::commit(const Batch& batch, const Attempt& attempt) {
  committing_ = true;
  last_size_ = {batch.size.lq_size, batch.size.batch_size / config_.train_set.accum_iter};
  // Here, so that sizes that no step was taken with leave no trace.
  follow_batch_size(config_.train.lr_scaling, config_.train_set.batch_size_per_gpu, state_);
  const double factor = lr_factor(state_) * run_.automations->rate_factor();
  last_lr_ = schedule_.at(state_.step) * factor;
  run_.step->commit({last_lr_, discriminator_schedule_.at(state_.step) * factor});
  const auto samples = static_cast<std::uint64_t>(batch.size.batch_size);
  ledger_.next_sample = batch.first_sample + samples;
  ledger_.samples_committed += samples;
  ++ledger_.steps_committed;
  state_.cursor = batch.first_sample + samples;
  ++state_.step;
  committing_ = false;
  run_.automations->committed(state_.step, last_size_);
  if (const auto decided = run_.sizes->after_commit(attempt.memory, last_size_, state_)) {
    run_.report(state_.step, decided->event);
    if (decided->event.to != decided->event.from) {
      // Blocks of the old size fit little of the new one, and count as taken as long as they are
      // kept.
      run_.memory->empty_cache();
    }
    for (const std::string& notice : decided->notices) {
      run_.report(state_.step, NoticeEvent{notice});
    }
  }
  run_.memory->reset_peak();
}

void Trainer::after_step() {
  if (const auto full = threads_ ? threads_->after_step() : std::nullopt) {
    run_.report(state_.step, NoticeEvent{*full});
  }
  if (const auto decision = run_.automations->after_step(*run_.step, state_.step)) {
    run_.report(state_.step, *decision);
  }
  // Reading the device's counters waits for it; on the CPU it costs nothing.
  const bool progress_due = due(config_.logger.print_freq, state_.step);
  if (progress_due || run_.device.is_cpu()) {
    check_divergence();
  }
  if (progress_due) {
    report_progress();
  } else {
    run_.report(state_.step, TickEvent{last_size_, last_lr_, config_.train.total_iter});
  }
  const bool last = state_.step == config_.train.total_iter;
  if (due(config_.logger.save_checkpoint_freq, state_.step) || last) {
    save();  // before the validation: whatever happens there costs no step
  }
  if (due(config_.val.val_freq, state_.step)) {
    validate();
  }
  report_written();
}

void Trainer::check_divergence() {
  state_.skipped += run_.step->take_skipped();
  if (run_.step->skipped_in_a_row() >= kMostSkippedInARow) {
    throw DivergedError(
        fmt::format("the loss or its gradients were not finite in {} steps in a row (steps {} to "
                    "{}); the weights are those of step {}."
                    " A lower learning rate, train.grad_clip or a warm-up usually helps",
                    kMostSkippedInARow, state_.step - kMostSkippedInARow + 1, state_.step,
                    state_.step - kMostSkippedInARow));
  }
}

void Trainer::report_progress() {
  ProgressEvent event;
  meter_.take(event);
  const LoaderStats loading = run_.loader->take_stats();
  loading_ += loading;
  event.epoch = run_.epochs(state_.cursor);
  event.samples = static_cast<std::int64_t>(state_.cursor);
  event.size = last_size_;
  event.lr = last_lr_;
  event.losses = run_.step->take_mean_losses();
  event.decode_mpixels_per_s = loading.decode_mpixels_per_s();
  event.cache_share = loading.cache_share();
  event.skipped = state_.skipped;
  event.total_iter = config_.train.total_iter;
  event.eta_s =
      meter_.recent_step_s() * static_cast<double>(config_.train.total_iter - state_.step);
  const auto windows = run_.step->take_clipping();
  for (const auto& [network, window] : windows) {
    event.clipping[network] = clipping_json(window);
  }
  run_.report(state_.step, event);
  for (const auto& [network, window] : windows) {
    run_.report(state_.step, clip_event(network, window, config_));
  }
}

bool Trainer::validation_is_missing() const {
  return state_.step > 0 && due(config_.val.val_freq, state_.step) &&
         state_.validated_step != state_.step;
}

/// A step counts as validated only when all of it is done: what is cut off by a signal or a kill is
/// made up for when the run goes on.
void Trainer::validate() {
  if (config_.val.val_enabled && !run_.validation_sets.empty()) {
    run_.step->drop_graphs();  // their memory holds the step's activations
    Automations::Scores all_scores;
    for (const ValidationSet& set : run_.validation_sets) {
      ValidationScores scores = scores_of(set);
      if (scores.interrupted) {
        return;
      }
      enter_scores(set, scores);
      all_scores.push_back(std::move(scores.metrics));
    }
    state_.validation_tile = run_.validator->tile_size();
    // The one at the end of a run is extra: a run that goes on further does not have it.
    if (due(config_.val.val_freq, state_.step)) {
      run_.automations->flush(*run_.step);
      for (const EventData& event :
           run_.automations->validated(state_.step, run_.sizes->growing(), all_scores)) {
        run_.report(state_.step, event);
      }
    }
    run_.memory->reset_peak();
    saved_step_ = -1;  // a state of this step that is on disk knows nothing of it
  }
  state_.validated_step = state_.step;
}

ValidationScores Trainer::scores_of(const ValidationSet& set) {
  try {
    return run_.validator->run(set, run_.networks.validated(), state_.step,
                               [this] { return signals_.requested().has_value(); });
  } catch (const std::exception& error) {
    run_.report(state_.step, WarningEvent{fmt::format("{} has no scores at this step: {}",
                                                      set.config.name, error.what()),
                                          ""});
  }
  ValidationScores none;
  for (const MetricConfig& metric : config_.val.metrics) {
    none.metrics.emplace_back(metric.key, std::numeric_limits<double>::quiet_NaN());
  }
  return none;
}

void Trainer::enter_scores(const ValidationSet& set, const ValidationScores& scores) {
  const bool decides =
      &set == &run_.validation_sets.front() && !scores.metrics.empty() &&
      state_.is_best(scores.metrics.front().second, config_.val.metrics.front().higher_is_better);
  if (decides) {
    const double score = scores.metrics.front().second;
    run_.checkpoints->save_best({run_.best_rule, score, state_.step});
    state_.best_score = score;  // not before its weights are on their way
    state_.best_rule = run_.best_rule;
  }
  state_.record_scores(set.config.name, scores.metrics, config_.val.metrics);
  ValidationEvent event;
  event.dataset = set.config.name;
  event.metrics = scores.metrics;
  event.best = state_.best_score.value_or(std::numeric_limits<double>::quiet_NaN());
  event.seconds = scores.seconds;
  event.tile_size = scores.tile_size;
  event.is_best = decides;
  event.images = scores.images;
  run_.report(state_.step, event);
}

void Trainer::save() {
  if (saved_step_ == state_.step) {
    return;
  }
  state_.skipped += run_.step->take_skipped();
  run_.automations->flush(*run_.step);
  const auto stage = [&] {
    run_.checkpoints->save(state_, run_.sizes->save(), run_.automations->save());
  };
  if (const auto failure = run_or_out_of_memory(stage, [] { return true; })) {
    save_with_less_memory(*failure);
  }
  saved_step_ = state_.step;
}

void Trainer::save_with_less_memory(const OutOfMemory& failure) {
  const Clock::time_point started = Clock::now();
  run_.checkpoints->finish();  // what an earlier save staged is free after this
  run_.memory->empty_cache();
  ++state_.ooms;
  run_.checkpoints->save(state_, run_.sizes->save(), run_.automations->save());
  OutOfMemoryEvent event;
  event.where = "checkpoint";
  event.kind = "genuine";
  event.size = event.to = state_.size;
  event.micro_batch = event.to_micro_batch = state_.micro_batch;
  event.requested_bytes = failure.requested_bytes;
  event.lost_ms = milliseconds_since(started);
  run_.report(state_.step, event);
}

void Trainer::report_written() {
  for (const CheckpointEvent& event : run_.checkpoints->take_written()) {
    run_.report(state_.step, event);
  }
}

void Trainer::end(ExitCode code, const std::string& reason) {
  EndEvent event;
  event.exit_code = code;
  event.reason = reason;
  event.samples = static_cast<std::int64_t>(state_.cursor);
  event.adjustments = state_.adjustments;
  event.ooms = state_.ooms;
  event.skipped = state_.skipped;
  event.steps_lost = ledger_.steps_lost();
  event.samples_lost = ledger_.samples_lost();
  event.best = {state_.best.begin(), state_.best.end()};
  event.steps_per_s = meter_.steps_per_s();
  loading_ += run_.loader->take_stats();
  event.data_wait_share = meter_.data_wait_share();
  event.decode_mpixels_per_s = loading_.decode_mpixels_per_s();
  event.cache_share = loading_.cache_share();
  event.final_size = state_.size;
  event.folder = run_.folder->layout().folder().string();
  run_.report(state_.step, event);
}

void Trainer::save_after_error() {
  if (committing_) {
    run_.report(
        state_.step,
        WarningEvent{"the error came while weights were being updated: this state is not saved",
                     ""});
    return;
  }
  try {
    save();
    run_.checkpoints->finish();
    report_written();
  } catch (const std::exception& error) {  // of any kind: the first error is the one to tell
    run_.report(state_.step,
                WarningEvent{fmt::format("the state could not be saved: {}", error.what()), ""});
  }
}

}  // namespace sr
