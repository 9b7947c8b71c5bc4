#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstddef>
#include <cstdio>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "add_command.h"
#include "check_parts.h"
#include "checkpoint/experiment_folder.h"
#include "checkpoint/training_state.h"
#include "config/validation_sets.h"
#include "core/error.h"
#include "data/pairs.h"
#include "data/probe_cache.h"
#include "device/memory.h"
#include "device/out_of_memory.h"
#include "dist/place.h"
#include "loss/loss.h"
#include "report/counter_line.h"
#include "resolve/load.h"
#include "say.h"
#include "train/data_sets.h"
#include "train/networks.h"
#include "train/pretrained.h"
#include "train/score_means.h"

namespace sr::app {
namespace {

struct CheckOptions {
  CommonOptions common;
  std::string preview;          ///< a folder for pictures of samples; empty: none
  bool overwrite = false;       ///< files of an earlier preview
  bool estimate = false;        ///< how long the run takes
  std::string device = "auto";  ///< of the estimate
};

void add_options(CLI::App& command, CheckOptions& options) {
  add_common_options(command, options.common);
  auto* preview =
      command
          .add_option(
              "--preview", options.preview,
              "Write the first 32 samples of the run there, GT | LQ as they are trained on, "
              "and preview.json, which says how each was made")
          ->type_name("DIR");
  command.add_flag("--overwrite", options.overwrite, "Replace the files of an earlier preview")
      ->needs(preview);
  auto* estimate = command.add_flag("--estimate", options.estimate,
                                    "Train for 20 steps, and with automatic sizes for 20 more at "
                                    "the largest that fit, and say how "
                                    "long the run will take; nothing is kept");
  add_device(command, options.device, "The device for --estimate: ")->needs(estimate);
}

/// Warns of losses that training could not make: `check` is also for machines without their files.
void check_losses(const std::vector<LossConfig>& losses) {
  for (const LossConfig& loss : losses) {
    try {
      make_losses({loss});
    } catch (const ConfigError& error) {
      say("warning: {}\n", error.what());
    } catch (const CheckpointError& error) {
      say("warning: {}: {}\n", loss.type, error.what());
    }
  }
}

/// Prints what a data set holds. `list` lists and checks it: returns the number of its images and
/// adds to the warnings that it is given. Its problems, if any, are returned as text.
std::string check_set(const DatasetConfig& set,
                      const std::function<std::size_t(std::vector<std::string>&)>& list) {
  std::fflush(stdout);  // progress does not go through stdio
  try {
    std::vector<std::string> warnings;
    const std::size_t images = list(warnings);
    for (const std::string& warning : warnings) {
      say("warning: {}\n", warning);  // which begins with the set's key
    }
    say("datasets.{}: {} images, all decode and fit together\n", set.key, images);
    return {};
  } catch (const DataError& error) {
    return fmt::format("datasets.{}:\n{}\n", set.key, error.what());
  }
}

/// Calls work(); what is wrong with a file is a warning, for it may be another one when the run
/// starts.
void warn_of_file(const char* key, const std::function<void()>& work) {
  try {
    work();
  } catch (const CheckpointError& error) {
    say("warning: path.{}: {}; a run would end with exit code 4\n", key, error.what());
  }
}

/// The weights to begin with, in the networks that they are for.
void check_weights(const PathConfig& path, Networks& networks) {
  std::vector<PretrainedNetwork> all = pretrained_networks(path, networks);
  if (networks.teacher) {
    all.push_back(pretrained_teacher(path, networks));
  }
  for (const PretrainedNetwork& one : all) {
    warn_of_file(one.key, [&] { load_pretrained(one.weights, *one.network); });
  }
  if (path.resume_state) {
    warn_of_file("resume_state", [&] { read_training_state(*path.resume_state); });
  }
}

/// Builds what a run would build: options that do not fit their crops or each other are a
/// ConfigError. A machine that has no room for it is not the one that trains.
void check_networks(const Config& config) {
  const auto no_room = run_or_out_of_memory(
      [&] {
        Networks networks = make_networks(config);
        check_weights(config.path, networks);
      },
      [] { return false; });
  if (no_room) {
    say("warning: this machine has no memory for the networks: they and their weights were not "
        "looked at\n");
  }
}

ExitCode check(const CheckOptions& wanted) {
  require_config(wanted.common);
  if (place_of(environment_variable).rank > 0) {
    return ExitCode::kDone;  // rank 0 checks for all
  }
  install_cpu_allocator();
  const CommonOptions& options = wanted.common;
  const LoadedConfig loaded = load_config(options.config, options.overrides);
  const Config& config = loaded.config;
  for (const std::string& line : loaded.notices) {
    say("{}\n", line);
  }
  for (const std::string& line : loaded.warnings) {
    say("warning: {}\n", line);
  }
  if (loaded.num_gpu > 1) {
    say("warning: num_gpu: {} asks for so many processes; without a launcher a run ends with exit "
        "code 2 and the command that starts them\n",
        loaded.num_gpu);
  }
  check_networks(config);
  say("{}: every setting is valid\n", options.config);
  if (!wanted.preview.empty()) {
    check_preview_folder(wanted.preview, wanted.overwrite);
  }
  make_metrics(config.val.metrics);  // their files can be read
  check_losses(config.train.losses);
  ProbeCache cache(probe_cache_file());
  CounterLine line("checking files", options.verbosity);
  const Preflight preflight{.deep = true, .cache = &cache, .progress = std::ref(line)};
  PairList training;
  std::string problems = check_set(config.train_set, [&](std::vector<std::string>& warnings) {
    training = list_pairs(config.train_set, config.scale, preflight);
    warnings = training.warnings;
    return training.pairs.size();
  });
  for (const DatasetConfig& set : used_validation_sets(config)) {
    problems += check_set(set, [&](std::vector<std::string>& warnings) {
      return list_validation_set(set, config, preflight, warnings).pairs.size();
    });
  }
  if (used_validation_sets(config).size() < config.val_sets.size()) {
    say("val.val_enabled is false: the validation sets are not used and not checked\n");
  }
  cache.save();  // what was found good need not be opened by the training that follows
  if (!problems.empty()) {
    throw DataError(problems);
  }
  ExperimentFolder::require_possible(config.path.experiments_root, config.name);
  if (!wanted.preview.empty()) {
    write_preview(loaded, training, wanted.preview);
  }
  if (wanted.estimate) {
    print_estimate(loaded, wanted.device, options.verbosity);
  }
  return ExitCode::kDone;
}

}  // namespace

void add_check(CLI::App& program, Task& task) {
  add_command<CheckOptions>(
      program, task,
      {"check", "Check every setting and every file of every data set; trains nothing"}, check,
      add_options);
}

}  // namespace sr::app
