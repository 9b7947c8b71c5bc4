#include <fmt/format.h>

#include <cstdio>
#include <string>

#include "commands.h"
#include "config/load.h"
#include "data/pairs.h"

namespace sr::app {
namespace {

/// Prints what a data set holds; its problems, if any, are returned as text.
std::string check_set(const DatasetConfig& set, int scale) {
  try {
    const PairList list = list_pairs(set, scale, {.deep = true});
    for (const std::string& warning : list.warnings) {
      fmt::print("datasets.{}: warning: {}\n", set.key, warning);
    }
    fmt::print("datasets.{}: {} images, all decode and fit together\n", set.key, list.pairs.size());
    return {};
  } catch (const DataError& error) {
    return fmt::format("datasets.{}:\n{}\n", set.key, error.what());
  }
}

}  // namespace

ExitCode check(const CommonOptions& options) {
  const LoadedConfig loaded = load_config(options.config, options.overrides);
  const Config& config = loaded.config;
  for (const std::string& line : loaded.notices) {
    fmt::print("{}\n", line);
  }
  for (const std::string& line : loaded.warnings) {
    fmt::print("warning: {}\n", line);
  }
  fmt::print("{}: every setting is valid\n", options.config);
  std::string problems = check_set(config.train_set, config.scale);
  for (const DatasetConfig& set : config.val_sets) {
    problems += check_set(set, config.scale);
  }
  if (!problems.empty()) {
    throw DataError(problems);
  }
  return ExitCode::kDone;
}

}  // namespace sr::app
