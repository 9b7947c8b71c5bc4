#pragma once

#include <string>
#include <vector>

#include "config/config.h"
#include "data/pairs.h"
#include "report/reporter.h"
#include "train/validation_set.h"

namespace sr {

/// The checked files of a configuration.
struct DataSets {
  PairList training;
  std::vector<ValidationSet> validation;
  std::vector<std::string> warnings;  ///< of all sets
};

/// Lists and checks a validation set, also for its metrics (list_pairs, check_metrics); what both
/// warn of goes to `warnings`. Throws DataError.
ValidationSet list_validation_set(const DatasetConfig& set, const Config& config,
                                  const Preflight& preflight, std::vector<std::string>& warnings);

/// Lists and checks every data set that is used (list_pairs). Files that earlier runs of this user
/// found good are not opened again while they are unchanged; what is found good now is kept for
/// later ones. Shows its progress on the console when it takes long. Throws DataError of the first
/// set that cannot be used, or whose images a metric cannot measure (check_metrics).
DataSets list_data_sets(const Config& config, Verbosity verbosity);

}  // namespace sr
