#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/config.h"
#include "data/pairs.h"

namespace sr {

/// One validation set: its files and what to call it.
struct ValidationSet {
  DatasetConfig config;
  std::vector<ImagePair> pairs;
  std::vector<Scene> scenes{};  ///< of a video set (PairList::scenes)
};

/// What the metrics of a configuration cannot do with a set's images.
struct MetricFindings {
  std::vector<std::string> problems;  ///< a metric that no image has: one line each
  std::vector<std::string> warnings;  ///< images that are left out of a metric: one line a metric
};

/// Looks at the sides that list_pairs has settled, so that a picture that is smaller than a
/// metric's window or than its crop_border is known before the first step.
MetricFindings check_metrics(const ValidationSet& set, const ValConfig& val, int scale);

/// How each score "<set>/<metric>" is measured: the metric with its settings and the set's files
/// (names and sides). Scores of one name and two rules cannot be compared.
std::map<std::string, std::string> scoring_rules(const std::vector<ValidationSet>& sets,
                                                 const ValConfig& val);

/// The rule of net_g_best, val.best_by of the first set, with its name; empty without one.
std::string best_rule(const std::vector<ValidationSet>& sets, const ValConfig& val);

}  // namespace sr
