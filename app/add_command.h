#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>

#include "commands.h"

namespace sr::app {

/// How the program's help shows a command.
struct CommandText {
  std::string name, help;
};

/// Adds a command to the program. The command line fills in its `Options`, which live as long as
/// the program's description; when it names the command, `task` becomes run(options).
template <typename Options>
void add_command(CLI::App& program, Task& task, const CommandText& text,
                 const std::function<ExitCode(const Options&)>& run,
                 const std::function<void(CLI::App&, Options&)>& add_options) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(text.name, text.help);
  add_options(*command, *options);
  command->callback([options, run, &task] { task = [options, run] { return run(*options); }; });
}

}  // namespace sr::app
