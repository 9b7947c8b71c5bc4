#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <opencv2/core/utility.hpp>
#include <optional>
#include <utility>

#include "check_parts.h"
#include "core/units.h"
#include "device/memory.h"
#include "dist/ranks.h"
#include "report/counter_line.h"
#include "report/text.h"
#include "say.h"
#include "train/data_sets.h"
#include "train/session.h"
#include "train/trial.h"

namespace sr::app {
namespace {

/// Steps of a window of the size optimizer in a trial, which needs not to be sure of a trend.
constexpr std::int64_t kTrialWindow = 4;
constexpr double kPatience = 300;  // seconds of growth

void print(const char* what, const TrialResult& trial) {
  say("estimate: {} ({}{}): {:.4g} s a step, {:.4g} samples/s, {} of memory, {} of the time "
      "waiting "
      "for data\n",
      what, size_words(trial.size.size),
      trial.size.micro_batch > 0 ? fmt::format(" in pieces of {}", trial.size.micro_batch) : "",
      trial.step.seconds, trial.step.samples / trial.step.seconds, percent_text(trial.usage),
      percent_text(trial.waited));
  say("  the run ends by {}: {} steps, {} samples, {} GT pixels, {}\n", trial.ended_by,
      grouped(trial.end.step), grouped(static_cast<std::int64_t>(trial.end.samples)),
      grouped(trial.end.pixels), format_duration(trial.end.seconds));
}

void print_extras(const Config& config, const RunPoint& end) {
  const std::int64_t validations =
      config.val.val_enabled ? std::max<std::int64_t>(1, end.step / config.val.val_freq) : 0;
  const std::int64_t checkpoints =
      std::max<std::int64_t>(1, end.step / config.logger.save_checkpoint_freq);
  say("  not in these times: the start, {} validations and {} checkpoints (by the first "
      "estimate)\n",
      grouped(validations), grouped(checkpoints));
}

}  // namespace

void print_estimate(const LoadedConfig& loaded, const std::string& device, Verbosity verbosity) {
  cv::setNumThreads(1);
  LoadedConfig trial = loaded;
  trial.notices.clear();  // told already
  trial.warnings.clear();
  if (trial.config.size_optimizer) {
    std::int64_t& window = trial.config.size_optimizer->adjustment_frequency;
    window = std::min(window, kTrialWindow);
  }
  DataSets sets = list_data_sets(trial.config, Verbosity::kQuiet);
  sets.warnings.clear();
  Ranks alone;
  SharedStop never([] { return std::optional<StopRequest>{}; });
  TrainerOptions options;
  options.device = device;
  options.trial = true;
  Session session = open_session(std::move(trial), std::move(sets), options, alone, never);
  say("estimate: on {}\n", device_name(session.device));
  Trial steps(session);
  CounterLine counted("estimate: steps", verbosity);
  const TrialResult configured = steps.measure(std::ref(counted));
  const TrainingSize asked{loaded.config.train_set.lq_size,
                           loaded.config.train_set.batch_size_per_gpu};
  const bool fits = configured.size.size == asked && configured.size.micro_batch == 0;
  const bool scheduled = !loaded.config.train_set.size_schedule.empty();
  print(fits || scheduled ? "as configured" : "what fits of the configured size", configured);
  if (loaded.config.size_optimizer) {
    CounterLine seconds("estimate: growing, seconds", verbosity);
    const bool settled = steps.grow(kPatience, std::ref(seconds));
    print(settled ? "at the largest size that fits" : "at the largest size reached in 5 minutes",
          steps.measure(std::ref(counted)));
  }
  print_extras(loaded.config, configured.end);
}

}  // namespace sr::app
