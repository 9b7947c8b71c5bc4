#include "train/run_progress.h"

namespace sr {

RunProgress::RunProgress(const TrainerParts& parts, const TrainerStart& start,
                         const RunState& state)
    : parts_(parts),
      start_(start),
      state_(state),
      length_(parts.config.train),
      reported_step_(state.step) {}

void RunProgress::add(const StepDone& step) {
  if (step.size != last_.size) {
    meter_.forget_recent();
  }
  last_ = step;
  meter_.add(step.step_ms, step.data_wait_ms, step.memory_usage);
}

void RunProgress::report_tick() {
  parts_.report(state_.step, TickEvent{last_.size, last_.lr, parts_.config.train.total_iter,
                                       length_.share(state_.point())});
}

void RunProgress::report_progress() {
  ProgressEvent event;
  meter_.take(event);
  const LoaderStats loading = parts_.batches.take_stats();
  loading_ += loading;
  event.epoch = static_cast<double>(state_.cursor) / start_.samples_per_epoch;
  event.samples = static_cast<std::int64_t>(state_.cursor);
  event.pixels = state_.pixels;
  event.seconds = state_.seconds;
  event.size = last_.size;
  event.lr = last_.lr;
  event.losses = parts_.step.take_mean_losses();
  event.decode_mpixels_per_s = loading.decode_mpixels_per_s();
  event.cache_share = loading.cache_share();
  event.skipped = state_.skipped;
  event.total_iter = parts_.config.train.total_iter;
  event.share = length_.share(state_.point());
  event.eta_s = length_.seconds_left(state_.point(), last_cost());
  const auto windows = parts_.step.take_clipping();
  for (const auto& [network, window] : windows) {
    event.clipping.emplace_back(network, clipping_numbers(window));
  }
  event.ranks = parts_.agreement.take_progress(state_.step - reported_step_, event.step_ms);
  reported_step_ = state_.step;
  parts_.report(state_.step, event);
  for (const auto& [network, window] : windows) {
    parts_.report(state_.step, clip_event(network, window, parts_.config));
  }
}

StepCost RunProgress::last_cost() const {
  const double side = static_cast<double>(last_.size.lq_size) * parts_.config.scale;
  const double pixels = static_cast<double>(last_.samples) * side * side;
  return {meter_.recent_step_s(), static_cast<double>(last_.samples), pixels};
}

void RunProgress::report_end(ExitCode code, const std::string& reason,
                             const StepCounters& counters) {
  EndEvent event;
  event.exit_code = code;
  event.reason = reason;
  event.samples = static_cast<std::int64_t>(state_.cursor);
  event.adjustments = parts_.sizes.adjustments();
  event.ooms = state_.ooms;
  event.skipped = state_.skipped;
  event.steps_lost = counters.steps_lost();
  event.samples_lost = counters.samples_lost();
  event.best = {state_.best.begin(), state_.best.end()};
  event.steps_per_s = meter_.steps_per_s();
  loading_ += parts_.batches.take_stats();
  event.data_wait_share = meter_.data_wait_share();
  event.decode_mpixels_per_s = loading_.decode_mpixels_per_s();
  event.cache_share = loading_.cache_share();
  event.final_size = parts_.sizes.now().size;
  event.folder = start_.folder;
  parts_.report(state_.step, event);
  const bool stopped = code == ExitCode::kInterrupted || code == ExitCode::kTerminated;
  if (stopped && !start_.go_on.empty()) {
    parts_.report(state_.step, NoticeEvent{"to go on: " + start_.go_on});
  }
}

}  // namespace sr
