#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/error.h"
#include "prepare/first_config.h"
#include "prepare/settings.h"
#include "report/reporter.h"
#include "upscale.h"

// One function a command: options in, exit code out. Errors are exceptions; main turns them into
// exit codes.

namespace sr::app {

struct CommonOptions {
  std::string config;
  std::vector<std::string> overrides;  ///< "key.path=value"
  Verbosity verbosity = Verbosity::kNormal;
};

struct TrainOptions {
  CommonOptions common;
  std::string device = "auto";
  bool auto_resume = false;
  std::optional<std::string> resume;  ///< a training state
  int rank_timeout_s = 600;           ///< after which a rank that does not answer counts as lost
  int replayed_ranks = 1;             ///< one process trains as so many would
};

struct CheckOptions {
  CommonOptions common;
  std::string preview;          ///< a folder for pictures of samples; empty: none
  bool overwrite = false;       ///< files of an earlier preview
  bool estimate = false;        ///< how long the run takes
  std::string device = "auto";  ///< of the estimate
};

struct PrepareOptions {
  PrepareSettings settings;
  Verbosity verbosity = Verbosity::kNormal;
};

struct InitOptions {
  FirstConfigSettings settings;
  bool overwrite = false;
};

struct ReportOptions {
  std::vector<std::string> folders;  ///< experiment folders
  std::string output;                ///< empty = report.html in the first folder
};

struct InfoOptions {
  std::string path;     ///< a weight file, a training state, or a run's folder
  std::string network;  ///< TorchScript file that the weights are of; empty: none
  bool json = false;
  bool omdb = false;
};

ExitCode train(const TrainOptions& options);
ExitCode check(const CheckOptions& options);
ExitCode prepare(const PrepareOptions& options);
ExitCode init(InitOptions options);
ExitCode report(const ReportOptions& options);
ExitCode info(const InfoOptions& options);
ExitCode upscale(const UpscaleOptions& options);
/// `upscale --checkpoints`.
ExitCode compare_checkpoints(UpscaleOptions options);

}  // namespace sr::app
