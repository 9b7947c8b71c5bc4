#include "train/program_files.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <stdexcept>
#include <variant>
#include <vector>

#include "arch/catalogue.h"
#include "arch/discriminators.h"
#include "core/error.h"
#include "nn/script_program.h"

namespace sr {

std::string program_files(const Config& config) {
  std::vector<std::string> files;
  const auto add = [&](const char* section, const auto* options) {
    if (options != nullptr) {
      files.push_back(fmt::format("{} ({})", options->file, section));
    }
  };
  const auto program_of = [](const NetworkConfig& network) {
    return std::get_if<arch::TorchScriptOptions>(&network.options.get());
  };
  add("network_g", program_of(config.network_g));
  if (config.network_d) {
    add("network_d", config.network_d->options.get_if<arch::ScriptDiscriminatorOptions>());
  }
  if (config.network_g_teacher) {
    add("network_g_teacher", program_of(*config.network_g_teacher));
  }
  return fmt::format("{}", fmt::join(files, ", "));
}

void end_with(const LibraryError& failure, const Config& config) {
  const std::runtime_error error(failure.message);
  if (!failure.message.starts_with(kScriptFailure)) {
    throw error;
  }
  throw CheckpointError(
      fmt::format("{}: fails in a step: {}", program_files(config), script_problem(error)));
}

}  // namespace sr
