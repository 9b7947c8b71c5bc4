#include "train/data_sets.h"

#include <malloc.h>

#include <functional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/validation_sets.h"
#include "core/error.h"
#include "core/lines.h"
#include "data/probe_cache.h"
#include "report/counter_line.h"

namespace sr {
namespace {

/// Good files are remembered also when another one ends the program.
struct SaveAtEnd {
  ProbeCache& cache;
  ~SaveAtEnd() { cache.save(); }
};

DataSets look_at_files(const Config& config, Verbosity verbosity) {
  ProbeCache cache(probe_cache_file());
  const SaveAtEnd save_at_end{cache};
  CounterLine line("checking files", verbosity);
  const Preflight preflight{.cache = &cache, .progress = std::ref(line)};
  DataSets sets;
  sets.training = list_pairs(config.train_set, config.scale, preflight);
  sets.warnings = sets.training.warnings;
  for (const DatasetConfig& set : used_validation_sets(config)) {
    sets.validation.push_back(list_validation_set(set, config, preflight, sets.warnings));
  }
  return sets;
}

}  // namespace

ValidationSet list_validation_set(const DatasetConfig& set, const Config& config,
                                  const Preflight& preflight, std::vector<std::string>& warnings) {
  PairList list = list_pairs(set, config.scale, preflight);
  append_lines(warnings, std::move(list.warnings));
  ValidationSet listed{set, std::move(list.pairs), std::move(list.scenes)};
  MetricFindings findings = check_metrics(listed, config.val, config.scale);
  if (!findings.problems.empty()) {
    throw DataError(fmt::format("{}", fmt::join(findings.problems, "\n")));
  }
  append_lines(warnings, std::move(findings.warnings));
  return listed;
}

DataSets list_data_sets(const Config& config, Verbosity verbosity) {
  DataSets sets = look_at_files(config, verbosity);
  // The heap keeps what is freed, for the next step (device/memory.h). Of names and of what is
  // known of files hundreds of megabytes were needed, which no step needs again.
  ::malloc_trim(0);
  return sets;
}

}  // namespace sr
