#include "shared_options.h"

#include <CLI/CLI.hpp>
#include <filesystem>

namespace sr::app {

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
