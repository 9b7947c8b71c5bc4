#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "config/config.h"
#include "config/dist_settings.h"

namespace sr {

/// A configuration and what the user should hear about it once.
struct LoadedConfig {
  Config config;
  std::vector<std::string> notices;   ///< keys without effect here, one readable line each
  std::vector<std::string> warnings;  ///< things skipped (metrics that need a foreign network)
  std::int64_t num_gpu = 1;  ///< that the file asks for; 1 also for as many as there are ("auto")
  bool seeded = true;        ///< manual_seed is given; else it was drawn
  DistSettings dist;
};

/// Reads a YAML file in the vocabulary of traiNNer-redux and BasicSR, applies "key.path=value"
/// overrides (typed and checked like the file), and checks everything. Throws ConfigError that
/// lists every problem, each as "file:line: key: what, nearest known key or legal range"; of a file
/// without any section of a training configuration only that.
LoadedConfig load_config(const std::filesystem::path& file,
                         const std::vector<std::string>& overrides);

}  // namespace sr
