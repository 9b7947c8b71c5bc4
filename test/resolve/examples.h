#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/error.h"
#include "resolve/load.h"
#include "support/temp_folder.h"

namespace sr::test {

/// The smallest legal configuration.
inline const std::string kSmallest = R"(name: run
scale: 2
datasets:
  train:
    type: pairedimagedataset
    dataroot_gt: hr
    dataroot_lq: lr
network_g: {type: compact}
train:
  total_iter: 100
)";

inline LoadedConfig load_text(const std::string& text,
                              const std::vector<std::string>& overrides = {}) {
  const TempFolder folder;
  return load_config(folder.write("x.yml", text), overrides);
}

/// The smallest configuration with some lines more.
inline LoadedConfig load_with(const std::string& more,
                              const std::vector<std::string>& overrides = {}) {
  return load_text(kSmallest + more, overrides);
}

/// The message of the ConfigError, places as "x.yml:3"; empty when nothing is wrong.
inline std::string problems_of(const std::string& text,
                               const std::vector<std::string>& overrides = {}) {
  const TempFolder folder;
  try {
    load_config(folder.write("x.yml", text), overrides);
  } catch (const ConfigError& error) {
    std::string message = error.what();
    const std::string prefix = folder.path().string() + "/";
    for (std::size_t at = message.find(prefix); at != std::string::npos;
         at = message.find(prefix)) {
      message.erase(at, prefix.size());
    }
    return message;
  }
  return {};
}

inline std::string problems_with(const std::string& more) {
  return problems_of(kSmallest + more);
}

}  // namespace sr::test
