#include <opencv2/core/utility.hpp>
#include <utility>

#include "commands.h"
#include "config/load.h"
#include "device/memory.h"
#include "train/data_sets.h"
#include "train/run.h"
#include "train/trainer.h"

namespace sr::app {

ExitCode train(const TrainOptions& options) {
  install_cpu_allocator();
  cv::setNumThreads(1);  // decoding threads are ours; OpenCV must not add its own
  LoadedConfig loaded = load_config(options.common.config, options.common.overrides);
  DataSets sets = list_data_sets(loaded.config, options.common.verbosity);
  Run run(std::move(loaded), std::move(sets),
          {options.device, options.auto_resume, options.resume, options.common.verbosity});
  return Trainer(run).train();
}

}  // namespace sr::app
