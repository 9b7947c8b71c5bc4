#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "nn/module.h"

namespace sr {

struct Networks;
struct PathConfig;

/// Weights to start from.
struct PretrainedWeights {
  std::filesystem::path file;
  std::optional<std::string> key;  ///< of a file that holds several sets: params, params_ema
  bool strict = true;              ///< every tensor must fit
};

/// Weights that a configuration names, and the network that begins with them.
struct PretrainedNetwork {
  const char* key;  ///< of the section `path`
  PretrainedWeights weights;
  Module* network;
};

/// Of the networks that are trained, whose weights a state has.
std::vector<PretrainedNetwork> pretrained_networks(const PathConfig& path, Networks& networks);
/// Of the teacher, which there is: no state has its weights.
PretrainedNetwork pretrained_teacher(const PathConfig& path, Networks& networks);

/// What there is to say about weights that were loaded.
struct PretrainedReport {
  std::vector<std::string> notices;   ///< how the file's names were read
  std::vector<std::string> warnings;  ///< what did not fit
};

/// Loads weights by name, also by other tools' names (Module::own_name), and passes over a prefix
/// that all names of the file have ("_orig_mod.", "net_g.").
/// Throws CheckpointError "<file>: <reason>" of a file that cannot be read; that does not fit, when
/// strict, or of which nothing fits; and of a tensor that holds NaN or Inf, which no training would
/// get rid of.
PretrainedReport load_pretrained(const PretrainedWeights& weights, Module& network);

}  // namespace sr
