#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <exception>
#include <new>
#include <string>
#include <vector>

#include "commands.h"
#include "core/error.h"
#include "core/version.h"
#include "say.h"
#include "unexpected.h"

namespace {

using sr::app::TrainOptions;

/// "sr-train export", when that is as far as the command line was read.
std::string called(const CLI::App& program) {
  std::string words = "sr-train";
  for (const CLI::App* command : program.get_subcommands()) {
    words += " " + command->get_name();
  }
  return words;
}

void add_rank_options(CLI::App& program, TrainOptions& options) {
  constexpr int kMost = 1'000'000;
  program
      .add_option("--rank-timeout", options.rank_timeout_s,
                  "With several GPUs (torchrun, srun, mpirun): a rank that does not answer for so "
                  "long is lost [dist.timeout of the configuration, which is 600]")
      ->type_name("SECONDS")
      ->check(CLI::Range(1, kMost));
  program
      .add_option("--as-ranks", options.replayed_ranks,
                  "Train in one process as N ranks would: with the same samples in each step, and "
                  "with deterministic: true the same weights to the bit")
      ->type_name("N")
      ->check(CLI::Range(1, kMost));
}

/// The other trainers write -opt and --auto_resume; CLI11 knows no long option with one dash.
std::vector<std::string> arguments_of(int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  for (std::string& argument : arguments) {
    if (argument == "-opt") {
      argument = "--config";
    }
  }
  return {arguments.rbegin(), arguments.rend()};  // CLI11 takes them last first
}

void add_training_options(CLI::App& program, TrainOptions& options) {
  auto* quiet = sr::app::add_common_options(program, options.common);
  program
      .add_flag_callback(
          "--verbose,-v", [&options] { options.common.verbosity = sr::Verbosity::kVerbose; },
          "Tell every decision of the automations, with its reasons")
      ->excludes(quiet);
  sr::app::add_device(program, options.device);
  auto* automatic = program.add_flag("--auto-resume,--auto_resume", options.auto_resume,
                                     "Go on from the newest valid training state, if there is one");
  program.add_option("--resume", options.resume, "Go on from this training state")
      ->type_name("FILE")
      ->excludes(automatic);
  add_rank_options(program, options);
}

void add_commands(CLI::App& program, sr::app::Task& task) {
  using namespace sr::app;
  for (const auto add : {add_check, add_prepare, add_init, add_report, add_upscale, add_info,
                         add_export, add_completion, add_schema}) {
    add(program, task);
  }
  program.require_subcommand(0, 1);
}

/// A command has options of its own, behind its name; those before it are of training.
void refuse_training_options(const CLI::App& program) {
  for (const CLI::Option* option : program.get_options()) {
    if (option->count() > 0) {
      throw sr::ConfigError(fmt::format(
          "command line: {0}: stands before {1}; options of {1} stand behind it (see "
          "{2} --help)",
          option->get_name(), program.get_subcommands().front()->get_name(), called(program)));
    }
  }
}

sr::ExitCode run(int argc, char** argv) {
  CLI::App program("Trains super-resolution networks and keeps the device full while it does",
                   "sr-train");
  program.set_version_flag("--version", sr::version());
  TrainOptions training;
  add_training_options(program, training);
  sr::app::Task task;
  add_commands(program, task);
  program.footer(
      "Exit codes: 0 done, 2 configuration, 3 data, 4 checkpoint, 5 does not fit, 6 diverged, 7 "
      "storage,\n"
      "8 a rank was lost, 130/143 stopped by a signal (state saved), 1 anything unexpected.");
  try {
    program.parse(arguments_of(argc, argv));
  } catch (const CLI::Success& done) {
    program.exit(done);
    return sr::ExitCode::kDone;
  } catch (const CLI::ExtrasError&) {
    throw sr::ConfigError(fmt::format("command line: {} (see {} --help)",
                                      sr::app::unexpected_words(program), called(program)));
  } catch (const CLI::ParseError& error) {
    throw sr::ConfigError(
        fmt::format("command line: {} (see {} --help)", error.what(), called(program)));
  }
  if (task) {
    refuse_training_options(program);
    return task();
  }
  sr::app::require_config(training.common);
  return sr::app::train(training);
}

/// Else the next files that are opened take the places of the missing ones, and what is printed
/// goes into a state or a log.
void open_standard_descriptors() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(descriptor, F_GETFD) < 0) {
      ::open("/dev/null", O_RDWR);  // the lowest number that is free
    }
  }
}

void set_signals() {
  std::signal(SIGPIPE, SIG_IGN);  // "sr-train | head" must not end a night's run
  std::signal(SIGXFSZ, SIG_IGN);  // beyond ulimit -f a write fails, with its file's name
}

}  // namespace

int main(int argc, char** argv) {
  open_standard_descriptors();
  set_signals();
  try {
    return static_cast<int>(run(argc, argv));
  } catch (const sr::Error& error) {
    sr::app::say_error(fmt::format("sr-train: {}\n", error.what()));
    return static_cast<int>(error.exit_code());
  } catch (const std::bad_alloc&) {
    sr::app::say_error("sr-train: out of memory: this machine, or its limit, leaves too little\n");
    return static_cast<int>(sr::ExitCode::kDoesNotFit);
  } catch (const std::exception& error) {
    sr::app::say_error(fmt::format("sr-train: unexpected error: {}\n", error.what()));
    return static_cast<int>(sr::ExitCode::kUnexpected);
  }
}
