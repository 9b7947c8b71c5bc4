#include "shared_options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>

#include "checkpoint/weights_file.h"
#include "core/error.h"

namespace sr::app {

CLI::Option* add_common_options(CLI::App& command, CommonOptions& options) {
  command.add_option("--config,-c", options.config, "Configuration file (also: -opt)")
      ->type_name("FILE");
  repeatable(command.add_option(
                 "--set", options.overrides,
                 "Override one setting by its YAML path, e.g. --set train.total_iter=200; for more "
                 "settings repeat --set"))
      ->type_name("KEY=VALUE");
  return add_quiet(command, options.verbosity, "Warnings, errors and the closing table");
}

CLI::Option* repeatable(CLI::Option* option) {
  return option->take_all()->expected(1)->allow_extra_args(false);
}

void require_config(const CommonOptions& options) {
  if (options.config.empty()) {
    throw ConfigError(
        "command line: --config <file> is required; `sr-train init FOLDER` makes one for a folder "
        "of images (see sr-train --help)");
  }
}

void require_sets_to_choose(const std::optional<std::string>& key,
                            const std::vector<std::filesystem::path>& files) {
  if (key && std::ranges::all_of(files, is_safetensors)) {
    throw ConfigError(
        fmt::format("command line: --param-key: {} is a safetensors file, which holds one set",
                    files.front().string()));
  }
}

CLI::Option* add_quiet(CLI::App& command, Verbosity& verbosity, const std::string& shown) {
  return command.add_flag_callback(
      "--quiet,-q", [&verbosity] { verbosity = Verbosity::kQuiet; }, shown + " only");
}

CLI::Option* add_device(CLI::App& command, std::string& device, const std::string& of) {
  return command.add_option("--device", device, of + "auto, cpu, cuda or cuda:N")
      ->type_name("DEVICE")
      ->capture_default_str();
}

template <typename Path>
void add_network_file(CLI::App& command, Path& file) {
  command
      .add_option("--network", file,
                  "TorchScript file that the weights are of, for networks that are not built in")
      ->type_name("FILE");
}

template void add_network_file(CLI::App& command, std::string& file);
template void add_network_file(CLI::App& command, std::filesystem::path& file);

}  // namespace sr::app
