#include "train/trial.h"

#include <chrono>
#include <cmath>
#include <stdexcept>
#include <utility>
#include <variant>

#include "train/must_fit.h"
#include "train/program_files.h"

namespace sr {
namespace {

using Clock = std::chrono::steady_clock;

/// Of 20: cuDNN chooses its algorithms, the step is recorded, decoding gets ahead.
constexpr int kNotCounted = 6;
constexpr int kCounted = 14;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Where a run of such steps ends.
RunPoint end_of(const RunLength& length, const StepCost& step) {
  // A step that is begun is finished; the small share takes back what rounding has added.
  const double steps = std::ceil(length.seconds_left({}, step) / step.seconds - 1e-6);
  RunPoint end;
  end.step = static_cast<std::int64_t>(steps);
  end.samples = static_cast<std::uint64_t>(std::llround(steps * step.samples));
  end.pixels = std::llround(steps * step.pixels);
  end.seconds = steps * step.seconds;
  return end;
}

}  // namespace

// A generator that rests in the first steps would not be measured.
Trial::Trial(Session& session)
    : session_(session),
      length_(session.config->train),
      step_(session.config->train.net_d_init_iters) {}

std::optional<Trial::Taken> Trial::try_step(const StepSize& size, bool settled) {
  const int parts = session_.config->train_set.accum_iter;
  const Batch batch =
      session_.loader->take(cursor_, {size.size.lq_size, size.size.batch_size * parts});
  session_.loader->prefetch(batch.next_sample, batch.size);
  Attempt outcome = session_.step->attempt(batch, {.cut = {parts, size.micro_batch},
                                                   .step = step_,
                                                   .recompute = size.recompute,
                                                   .sizes_settled = settled});
  if (const auto* shortage = std::get_if<RanOutOfMemory>(&outcome)) {
    session_.sizes->failed(*shortage, step_);
    return std::nullopt;
  }
  if (const auto* error = std::get_if<LibraryError>(&outcome)) {
    if (!session_.sizes->refused(*error, step_)) {
      end_with(*error, *session_.config);
    }
    return std::nullopt;
  }
  auto& done = std::get<Completed>(outcome);
  Taken taken{size, done.memory, batch.lq.count, batch.wait_ms};
  RunPoint at;
  at.step = step_;
  session_.step->commit(std::move(done),
                        session_.rate->of_step(at, size.size.batch_size, /*factor=*/1));
  cursor_ = batch.next_sample;
  ++step_;
  // As in a run, for what that costs: nothing is done about what they decide.
  session_.automations->committed(size.size, session_.rate->warming_up(at));
  session_.automations->after_step(step_);
  return taken;
}

Trial::Taken Trial::take_step(bool settled) {
  StepSize size = session_.sizes->next(step_);
  while (true) {
    if (const std::optional<Taken> taken = try_step(size, settled)) {
      return *taken;
    }
    size = session_.sizes->now();
  }
}

std::optional<TrialResult> Trial::try_measure(const Progress& steps) {
  const StepSize size = session_.sizes->next(step_);
  for (int i = 0; i < kNotCounted; ++i) {
    take_step(/*settled=*/true);
    steps(i + 1, kNotCounted + kCounted);
  }
  session_.memory->reset_peak();
  session_.memory->synchronize();
  const Clock::time_point start = Clock::now();
  TrialResult result;
  result.size = size;
  double wait_ms = 0;
  for (int i = 0; i < kCounted; ++i) {
    const Taken taken = take_step(/*settled=*/true);
    if (taken.size != size) {
      return std::nullopt;
    }
    result.step.samples = static_cast<double>(taken.samples);
    result.usage =
        static_cast<double>(taken.memory.allocated_peak) / static_cast<double>(taken.memory.total);
    wait_ms += taken.wait_ms;
    steps(kNotCounted + i + 1, kNotCounted + kCounted);
  }
  session_.memory->synchronize();
  const double seconds = seconds_since(start);
  const double side = double{1} * size.size.lq_size * session_.config->scale;
  result.step.seconds = seconds / kCounted;
  result.step.pixels = result.step.samples * side * side;
  constexpr double kMillisecond = 1e-3;
  result.waited = wait_ms * kMillisecond / seconds;
  result.end = end_of(length_, result.step);
  result.ended_by = length_.reached(result.end);
  return result;
}

TrialResult Trial::measure(const Progress& steps) {
  std::optional<TrialResult> result;
  must_fit("the trial", *session_.memory, [&] {
    do {
      result = try_measure(steps);
    } while (!result);
  });
  return *result;
}

bool Trial::grow(double patience_s, const Progress& seconds) {
  const Clock::time_point start = Clock::now();
  SizePolicy& sizes = *session_.sizes;
  bool converged = false;
  must_fit("the trial", *session_.memory, [&] {
    while (!converged && sizes.growing() && seconds_since(start) < patience_s) {
      const Taken taken = take_step(!sizes.growing());
      if (const auto decision = sizes.committed(taken.memory, taken.size.size)) {
        converged = decision->converged;
        if (decision->size != decision->from) {
          session_.memory->empty_cache();
        }
      }
      session_.memory->reset_peak();
      seconds(static_cast<std::size_t>(seconds_since(start)), static_cast<std::size_t>(patience_s));
    }
  });
  seconds(static_cast<std::size_t>(patience_s), static_cast<std::size_t>(patience_s));
  return converged || !sizes.growing();
}

}  // namespace sr
