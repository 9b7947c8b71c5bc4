#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "report/reporter.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

// Options that several commands have.

namespace sr::app {

/// Of commands that read a configuration.
struct CommonOptions {
  std::string config;
  std::vector<std::string> overrides;  ///< "key.path=value"
  Verbosity verbosity = Verbosity::kNormal;
};
/// Returns --quiet.
CLI::Option* add_common_options(CLI::App& command, CommonOptions& options);
/// Throws ConfigError when the command line names none.
void require_config(const CommonOptions& options);

/// An option that takes one value and may be given again; the help shows no "..." behind it.
CLI::Option* repeatable(CLI::Option* option);
/// --quiet; `shown`: what is said all the same.
CLI::Option* add_quiet(CLI::App& command, Verbosity& verbosity, const std::string& shown);
/// --device; `of`: "Of the estimate: ", where it is not that of the whole command.
CLI::Option* add_device(CLI::App& command, std::string& device, const std::string& of = "");
/// Of --param-key where all of these files are safetensors: throws ConfigError.
void require_sets_to_choose(const std::optional<std::string>& key,
                            const std::vector<std::filesystem::path>& files);
/// --network, for weights of a network that is not built in; a text or a path.
template <typename Path>
void add_network_file(CLI::App& command, Path& file);

}  // namespace sr::app
