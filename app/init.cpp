#include <fmt/format.h>

#include <filesystem>

#include "commands.h"
#include "core/atomic_file.h"
#include "dialect/vocabulary.h"
#include "say.h"

namespace sr::app {
namespace {

namespace fs = std::filesystem;

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
          fmt::format("{}: is there already; remove it, name another file with "
                      "--output, or say --overwrite",
                      file.path.string()));
    }
  }
}

}  // namespace

ExitCode init(InitOptions options) {
  options.settings.network = network_type(options.settings.network);
  const FirstConfig first = first_config(options.settings);
  if (!options.overwrite) {
    refuse_existing(first);
  }
  for (const std::string& warning : first.warnings) {
    say("warning: {}\n", warning);
  }
  for (const NewFile& file : first.files) {
    write_file_atomically(file.path, file.text);
  }
  say("{}: scale {}, lq_size {}, {} images to train on, {} for validation\n",
      options.settings.output.string(), first.scale, first.lq_size, first.training,
      first.validation);
  say("  sr-train check --config {}\n  sr-train --config {}\n", options.settings.output.string(),
      options.settings.output.string());
  return ExitCode::kDone;
}

}  // namespace sr::app
