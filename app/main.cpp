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
#include "completion.h"
#include "config/schema.h"
#include "core/error.h"
#include "core/version.h"
#include "export_options.h"
#include "say.h"
#include "shared_options.h"

namespace {

using sr::app::CommonOptions;
using sr::app::PrepareOptions;
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
  auto* quiet =
      sr::app::add_quiet(command, options.verbosity, "Warnings, errors and the closing table");
  command
      .add_flag_callback(
          "--verbose,-v", [&options] { options.verbosity = sr::Verbosity::kVerbose; },
          "Every decision in detail")
      ->excludes(quiet);
}

/// "sr-train export", when that is as far as the command line was read.
std::string called(const CLI::App& program) {
  std::string words = "sr-train";
  for (const CLI::App* command : program.get_subcommands()) {
    words += " " + command->get_name();
  }
  return words;
}

sr::Filter filter_of(const std::string& name) {
  const auto filter = sr::filter_named(name);
  if (!filter) {
    throw CLI::ValidationError("--filter", name + " is none of " + sr::filter_names());
  }
  return *filter;
}

void add_recipe_options(CLI::App& command, sr::Recipe& recipe) {
  command
      .add_option("--scale,-s", recipe.scales,
                  "Make LR images too: 2, 3, 4 or 8; may be given again. GT loses up to a few rows "
                  "and columns at the right and bottom so that it is LR x scale exactly")
      ->type_name("N")
      ->allow_extra_args(false);
  command
      .add_option_function<std::string>(
          "--filter", [&recipe](const std::string& name) { recipe.filter = filter_of(name); },
          "What GT is shrunk with, antialiased: " + sr::filter_names() +
              ". bicubic gives MATLAB's imresize, as in the published sets")
      ->type_name("NAME")
      ->default_str("bicubic");
  command
      .add_option("--crop", recipe.crop,
                  "Cut large images into sub-images of N x N GT pixels, NAME_s001.png ..., which "
                  "decode faster than whole images; 480 is usual. Without it images stay whole")
      ->type_name("N");
  command
      .add_option("--step", recipe.step,
                  "GT pixels from one sub-image to the next; the default is half of --crop")
      ->type_name("N");
  command
      .add_option("--min-rest", recipe.min_rest,
                  "Add a sub-image aligned to the right or bottom edge when more than N pixels are "
                  "left there")
      ->type_name("N")
      ->capture_default_str();
  command.add_flag(
      "--lr-only", recipe.lr_only,
      "Write no GT: train with --input as GT, for instance with the videos themselves");
  command
      .add_option("--compression", recipe.compression,
                  "Of the PNG files, 0 (none) to 9 (slow, small); the pixels are the same")
      ->type_name("N")
      ->capture_default_str();
}

void add_prepare_options(CLI::App& command, PrepareOptions& options) {
  sr::PrepareSettings& settings = options.settings;
  command
      .add_option(
          "--input,-i", settings.input,
          "Images (png, jpg, webp, tif, bmp, ppm) and videos (mp4, mov, mkv, webm, avi), in "
          "folders of any depth; never changed")
      ->type_name("DIR")
      ->required();
  command
      .add_option(
          "--output,-o", settings.output,
          "Where the set is made: hr/, lr_x2/ ... with equal names, and prepare.json, which "
          "lets the same command go on after an interruption. Videos become folders of "
          "frames")
      ->type_name("DIR")
      ->required();
  add_recipe_options(command, settings.recipe);
  command.add_option("--threads", settings.threads, "The default is one per processor")
      ->type_name("N");
  command.add_flag("--overwrite", settings.overwrite,
                   "Make everything anew: files of an earlier run in --output are removed first, "
                   "and other files where they are in the way");
  sr::app::add_quiet(command, options.verbosity, "Warnings and errors");
}

void add_init_options(CLI::App& command, sr::app::InitOptions& options) {
  sr::FirstConfigSettings& settings = options.settings;
  command
      .add_option("--input,-i", settings.input,
                  "Folder of GT images, or one made by `sr-train prepare`; never changed")
      ->type_name("DIR")
      ->required();
  command
      .add_option("--lq", settings.lq,
                  "Folder of LQ images of the same names; without it LQ is made from GT")
      ->type_name("DIR");
  command
      .add_option("--output,-o", settings.output,
                  "The configuration; two lists of images are written beside it")
      ->type_name("FILE")
      ->required();
  command
      .add_option("--scale,-s", settings.scale,
                  "1, 2, 3, 4 or 8; the default is what LQ images say, else 2")
      ->type_name("N");
  command.add_option("--network", settings.network, "network_g.type of the configuration")
      ->type_name("NAME")
      ->capture_default_str();
  command
      .add_option("--name", settings.name, "Of the run; the default is the scale and the folder")
      ->type_name("NAME");
  command.add_flag("--overwrite", options.overwrite, "Replace files that are there already");
}

void add_check_options(CLI::App& command, sr::app::CheckOptions& options) {
  add_common_options(command, options.common);
  auto* preview =
      command
          .add_option(
              "--preview", options.preview,
              "Write the first 32 samples of the run there, GT | LQ as they are trained on, "
              "and preview.json, which says how each was made")
          ->type_name("DIR");
  command.add_flag("--overwrite", options.overwrite, "Replace the files of an earlier preview")
      ->needs(preview);
  auto* estimate = command.add_flag("--estimate", options.estimate,
                                    "Train for 20 steps, and with automatic sizes for 20 more at "
                                    "the largest that fit, and say how "
                                    "long the run will take; nothing is kept");
  sr::app::add_device(command, options.device, "Of the estimate: ")->needs(estimate);
}

void add_completion_options(CLI::App& command, std::string& shell) {
  command.add_option("shell", shell, "bash, zsh or fish")
      ->type_name("SHELL")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
}

sr::app::Shell shell_named(const std::string& name) {
  using sr::app::Shell;
  return name == "bash" ? Shell::kBash : name == "zsh" ? Shell::kZsh : Shell::kFish;
}

void add_report_options(CLI::App& command, sr::app::ReportOptions& options) {
  command
      .add_option("folders", options.folders,
                  "Experiment folders; several are drawn on top of each other")
      ->type_name("RUN_FOLDER")
      ->required();
  command
      .add_option("--output,-o", options.output,
                  "The page; the default is report.html in the first folder")
      ->type_name("FILE");
}

void add_info_options(CLI::App& command, sr::app::InfoOptions& options) {
  command.add_option("path", options.path, "Weights, a training state, or a run's folder")
      ->type_name("PATH")
      ->required();
  sr::app::add_network_file(command, options.network);
  auto* json = command.add_flag("--json", options.json, "One JSON object");
  command
      .add_flag("--omdb", options.omdb,
                "OpenModelDB's metadata file, filled from the weights and their run")
      ->excludes(json);
}

void add_rank_options(CLI::App& program, TrainOptions& options) {
  constexpr int kMost = 1'000'000;
  program
      .add_option("--rank-timeout", options.rank_timeout_s,
                  "With several GPUs (torchrun, srun, mpirun): a rank that does not answer for so "
                  "long is lost")
      ->type_name("SECONDS")
      ->check(CLI::Range(1, kMost))
      ->capture_default_str();
  program
      .add_option("--as-ranks", options.replayed_ranks,
                  "Train with one process as N ranks would: the same samples in a step, and with "
                  "deterministic: true the same bits")
      ->type_name("N")
      ->check(CLI::Range(1, kMost));
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
  sr::app::add_device(program, training.device);
  auto* automatic = program.add_flag("--auto-resume,--auto_resume", training.auto_resume,
                                     "Go on from the newest valid training state, if there is one");
  program.add_option("--resume", training.resume, "Go on from this training state")
      ->type_name("FILE")
      ->excludes(automatic);
  add_rank_options(program, training);
  sr::app::CheckOptions checking;
  CLI::App* check = program.add_subcommand(
      "check", "Check every setting and every file of every data set; trains nothing");
  add_check_options(*check, checking);
  PrepareOptions preparing;
  CLI::App* prepare = program.add_subcommand(
      "prepare", "Make a training set out of a folder of images or videos: sub-images, LR, frames");
  add_prepare_options(*prepare, preparing);
  sr::app::InitOptions beginning;
  CLI::App* init = program.add_subcommand(
      "init", "Write a first configuration for a folder of images, after looking at them");
  add_init_options(*init, beginning);
  sr::app::ReportOptions reporting;
  CLI::App* report = program.add_subcommand(
      "report", "Write a page about a run, or several side by side: curves, decisions, pictures");
  add_report_options(*report, reporting);
  sr::app::UpscaleOptions upscaling;
  CLI::App* upscale = program.add_subcommand(
      "upscale",
      "Run a network over images, folders of them and videos; compare with ground truth");
  add_upscale_options(*upscale, upscaling);
  sr::app::InfoOptions informing;
  CLI::App* info = program.add_subcommand(
      "info", "What a weight file holds: network, arguments, precision, training, damage");
  add_info_options(*info, informing);
  sr::app::ExportOptions exporting;
  CLI::App* exports = program.add_subcommand(
      "export", "Write a network for other programs: ONNX, ncnn, or weights in another form");
  add_export_options(*exports, exporting);
  std::string shell;
  CLI::App* completion = program.add_subcommand(
      "completion", "Print a script that lets a shell complete commands, options and files");
  add_completion_options(*completion, shell);
  CLI::App* schema = program.add_subcommand(
      "schema", "Print a JSON Schema of the YAML, for editors: keys, types, ranges, help");
  program.require_subcommand(0, 1);
  program.footer(
      "Exit codes: 0 done, 2 configuration, 3 data, 4 checkpoint, 5 does not fit, 6 diverged, 7 "
      "storage,\n"
      "8 a rank was lost, 130/143 stopped by a signal (state saved), 1 anything unexpected.");
  try {
    program.parse(arguments_of(argc, argv));
  } catch (const CLI::Success& done) {
    program.exit(done);
    return sr::ExitCode::kDone;
  } catch (const CLI::ParseError& error) {
    throw sr::ConfigError(
        fmt::format("command line: {} (see {} --help)", error.what(), called(program)));
  }
  if (prepare->parsed()) {
    return sr::app::prepare(preparing);
  }
  if (init->parsed()) {
    return sr::app::init(beginning);
  }
  if (completion->parsed()) {
    sr::app::deliver_text(sr::app::completion_script(program, shell_named(shell)));
    return sr::ExitCode::kDone;
  }
  if (schema->parsed()) {
    sr::app::deliver("{}\n", sr::configuration_schema().dump(1));
    return sr::ExitCode::kDone;
  }
  if (report->parsed()) {
    return sr::app::report(reporting);
  }
  if (upscale->parsed()) {
    return sr::app::upscale(upscaling);
  }
  if (info->parsed()) {
    return sr::app::info(informing);
  }
  if (exports->parsed()) {
    return sr::app::export_network(exporting);
  }
  if ((check->parsed() ? checking.common : training.common).config.empty()) {
    throw sr::ConfigError("command line: --config <file> is required (see sr-train --help)");
  }
  return check->parsed() ? sr::app::check(checking) : sr::app::train(training);
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
