#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "commands.h"
#include "core/error.h"
#include "core/version.h"

namespace {

using sr::app::CommonOptions;
using sr::app::TrainOptions;

void add_common_options(CLI::App& command, CommonOptions& options) {
  command.add_option("--config,-c", options.config, "Configuration file (also: -opt)")
      ->type_name("FILE");
  command
      .add_option("--set", options.overrides,
                  "Override one setting by its YAML path, e.g. --set train.total_iter=200; may be "
                  "given again")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  auto* quiet = command.add_flag_callback(
      "--quiet,-q", [&options] { options.verbosity = sr::Verbosity::kQuiet; },
      "Warnings, errors and the closing table only");
  command
      .add_flag_callback(
          "--verbose,-v", [&options] { options.verbosity = sr::Verbosity::kVerbose; },
          "Every decision in detail")
      ->excludes(quiet);
}

/// The peers write -opt and --auto_resume; CLI11 knows no long option with one dash.
std::vector<std::string> arguments_of(int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  for (std::string& argument : arguments) {
    if (argument == "-opt") {
      argument = "--config";
    }
  }
  return {arguments.rbegin(), arguments.rend()};  // CLI11 takes them last first
}

sr::ExitCode run(int argc, char** argv) {
  CLI::App program("Trains super-resolution networks and keeps the device full while it does",
                   "sr-train");
  program.set_version_flag("--version", sr::version());
  TrainOptions training;
  add_common_options(program, training.common);
  program.add_option("--device", training.device, "auto, cpu, cuda or cuda:N")
      ->type_name("DEVICE")
      ->capture_default_str();
  auto* automatic = program.add_flag("--auto-resume,--auto_resume", training.auto_resume,
                                     "Go on from the newest valid training state, if there is one");
  program.add_option("--resume", training.resume, "Go on from this training state")
      ->type_name("FILE")
      ->excludes(automatic);
  CommonOptions checking;
  CLI::App* check = program.add_subcommand(
      "check", "Check every setting and every file of every data set; trains nothing");
  add_common_options(*check, checking);
  program.require_subcommand(0, 1);
  program.footer(
      "Exit codes: 0 done, 2 configuration, 3 data, 4 checkpoint, 5 does not fit, 6 diverged, 7 "
      "storage,\n"
      "130/143 stopped by a signal (state saved), 1 anything unexpected.");
  try {
    program.parse(arguments_of(argc, argv));
  } catch (const CLI::Success& done) {
    program.exit(done);
    return sr::ExitCode::kDone;
  } catch (const CLI::ParseError& error) {
    throw sr::ConfigError(std::string("command line: ") + error.what() + " (see sr-train --help)");
  }
  if ((check->parsed() ? checking : training.common).config.empty()) {
    throw sr::ConfigError("command line: --config <file> is required (see sr-train --help)");
  }
  return check->parsed() ? sr::app::check(checking) : sr::app::train(training);
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // "sr-train | head" must not end a night's run
  try {
    return static_cast<int>(run(argc, argv));
  } catch (const sr::Error& error) {
    fmt::print(stderr, "sr-train: {}\n", error.what());
    return static_cast<int>(error.exit_code());
  } catch (const std::exception& error) {
    fmt::print(stderr, "sr-train: unexpected error: {}\n", error.what());
    return static_cast<int>(sr::ExitCode::kUnexpected);
  }
}
