#pragma once

#include <functional>
#include <optional>
#include <string>

#include "core/error.h"
#include "shared_options.h"

// What the program can do. Errors are exceptions; main turns them into exit codes.

namespace sr::app {

struct TrainOptions {
  CommonOptions common;
  std::string device = "auto";
  bool auto_resume = false;
  std::optional<std::string> resume;  ///< a training state
  /// After which a rank that does not answer counts as lost; empty: dist.timeout of the file.
  std::optional<int> rank_timeout_s;
  int replayed_ranks = 1;  ///< one process trains as so many would
};

/// Without a command.
ExitCode train(const TrainOptions& options);

/// What the command line asks for; empty: to train.
using Task = std::function<ExitCode()>;

// Each adds a command with its options and their help (add_command.h).
void add_check(CLI::App& program, Task& task);
void add_prepare(CLI::App& program, Task& task);
void add_init(CLI::App& program, Task& task);
void add_report(CLI::App& program, Task& task);
void add_upscale(CLI::App& program, Task& task);
void add_info(CLI::App& program, Task& task);
void add_export(CLI::App& program, Task& task);
void add_completion(CLI::App& program, Task& task);
void add_schema(CLI::App& program, Task& task);

}  // namespace sr::app
