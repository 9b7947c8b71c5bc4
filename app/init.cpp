#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "add_command.h"
#include "command_line.h"
#include "core/atomic_file.h"
#include "core/error.h"
#include "core/path_status.h"
#include "dialect/vocabulary.h"
#include "prepare/first_config.h"
#include "say.h"

namespace sr::app {
namespace {

namespace fs = std::filesystem;

struct InitOptions {
  FirstConfigSettings settings;
  bool overwrite = false;
};

void add_options(CLI::App& command, InitOptions& options) {
  FirstConfigSettings& settings = options.settings;
  command
      .add_option("--input,-i,folder", settings.input,
                  "Folder of GT images, or one made by `sr-train prepare`; never changed. "
                  "Required; --input may be left out in front of it")
      ->type_name("DIR");
  command
      .add_option("--lq", settings.lq,
                  "Folder of LQ images of the same names; without it LQ is made from GT")
      ->type_name("DIR");
  command
      .add_option(
          "--output,-o", settings.output,
          "The configuration; two lists of images are written beside it. Without it NAME.yml "
          "in the working directory")
      ->type_name("FILE");
  command
      .add_option("--scale,-s", settings.scale,
                  "1, 2, 3, 4 or 8; the default is what LQ images say, else 2")
      ->type_name("N");
  command.add_option("--network", settings.network, "network_g.type of the configuration")
      ->type_name("NAME")
      ->capture_default_str();
  command
      .add_option("--name", settings.name,
                  "Name of the run; the default is made of the scale and the folder")
      ->type_name("NAME");
  command.add_flag("--overwrite", options.overwrite, "Replace files that are there already");
}

/// The name as configurations store it. Throws ConfigError for one that cannot be trained.
std::string network_type(const std::string& name) {
  const auto found = settings::find_type(settings::TypeKind::kNetwork, name);
  if (!found) {
    throw ConfigError(fmt::format("--network {}: no network of this name is known", name));
  }
  if (found->support != settings::Support::kWorks) {
    throw ConfigError(fmt::format("--network {}: not available: {}", name, found->text));
  }
  return found->name;
}

void refuse_existing(const FirstConfig& first) {
  for (const NewFile& file : first.files) {
    std::error_code ignored;
    if (fs::exists(fs::symlink_status(file.path, ignored))) {
      throw ConfigError(
          fmt::format("{}: is there already; name another file with --output, or replace it with "
                      "--overwrite",
                      file.path.string()));
    }
  }
}

void require_file(const fs::path& path) {
  if (is_folder(path) || path.filename().empty()) {
    throw ConfigError(
        fmt::format("{}: is a folder; --output names the file to write, {} for instance",
                    path.string(), (path / "my.yml").string()));
  }
}

ExitCode init(InitOptions options) {
  if (options.settings.input.empty()) {
    throw ConfigError(
        "command line: name the folder of images: sr-train init FOLDER (see sr-train init --help)");
  }
  if (!options.settings.output.empty()) {
    require_file(options.settings.output);
  }
  options.settings.network = network_type(options.settings.network);
  const FirstConfig first = first_config(options.settings);
  for (const NewFile& file : first.files) {
    require_file(file.path);
  }
  if (!options.overwrite) {
    refuse_existing(first);
  }
  for (const std::string& warning : first.warnings) {
    say("warning: {}\n", warning);
  }
  for (const NewFile& file : first.files) {
    write_file_atomically(file.path, file.text);
  }
  const std::string file = first.files.back().path.string();
  say("{}: scale {}, lq_size {}, {} images to train on, {} for validation\n", file, first.scale,
      first.lq_size, first.training, first.validation);
  for (const auto& words : {std::vector<std::string>{"sr-train", "check", "--config", file},
                            std::vector<std::string>{"sr-train", "--config", file}}) {
    say("  {}\n", shell_text(words));
  }
  return ExitCode::kDone;
}

}  // namespace

void add_init(CLI::App& program, Task& task) {
  add_command<InitOptions>(
      program, task,
      {"init", "Write a first configuration for a folder of images, after looking at them"}, init,
      add_options);
}

}  // namespace sr::app
