#include <opencv2/core/utility.hpp>
#include <optional>
#include <utility>

#include "commands.h"
#include "config/load.h"
#include "core/signals.h"
#include "device/memory.h"
#include "train/data_sets.h"
#include "train/session.h"
#include "train/trainer.h"

namespace sr::app {

ExitCode train(const TrainOptions& options) {
  install_cpu_allocator();
  cv::setNumThreads(1);  // decoding threads are ours; OpenCV must not add its own
  LoadedConfig loaded = load_config(options.common.config, options.common.overrides);
  DataSets sets = list_data_sets(loaded.config, options.common.verbosity);
  Session session = open_session(
      std::move(loaded), std::move(sets),
      {options.device, {options.auto_resume, options.resume}, options.common.verbosity});
  const StopSignals signals;
  const auto stop_requested = [&]() -> std::optional<StopRequest> {
    const std::optional<ExitCode> code = signals.requested();
    return code ? std::optional(StopRequest{*code, signals.name()}) : std::nullopt;
  };
  Alone alone;
  Trainer trainer(parts_of(session, alone, stop_requested), session.start);
  return trainer.train();
}

}  // namespace sr::app
