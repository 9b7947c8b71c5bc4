#include <CLI/CLI.hpp>
#include <string>

#include "add_command.h"
#include "inspect/model_info.h"
#include "report/json_text.h"
#include "say.h"

namespace sr::app {
namespace {

struct InfoOptions {
  std::string path;     ///< a weight file, a training state, or a run's folder
  std::string network;  ///< TorchScript file that the weights are of; empty: none
  bool json = false;
  bool omdb = false;
};

void add_options(CLI::App& command, InfoOptions& options) {
  command.add_option("path", options.path, "Weights, a training state, or a run's folder")
      ->type_name("PATH")
      ->required();
  add_network_file(command, options.network);
  auto* json = command.add_flag("--json", options.json, "One JSON object");
  command
      .add_flag("--omdb", options.omdb,
                "OpenModelDB's metadata file, filled from the weights and their run")
      ->excludes(json);
}

ExitCode info(const InfoOptions& options) {
  const ModelInfo info = inspect_model(options.path, options.network);
  if (options.json) {
    deliver("{}\n", json_text(info_json(info), 2));
  } else if (options.omdb) {
    deliver("{}\n", json_text(openmodeldb_json(info), 4));
  } else {
    deliver_text(info_text(info));
  }
  return ExitCode::kDone;
}

}  // namespace

void add_info(CLI::App& program, Task& task) {
  add_command<InfoOptions>(
      program, task,
      {"info", "What a weight file holds: network, arguments, precision, training, damage"}, info,
      add_options);
}

}  // namespace sr::app
