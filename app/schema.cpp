#include "config/schema.h"

#include <CLI/CLI.hpp>

#include "add_command.h"
#include "say.h"

namespace sr::app {

void add_schema(CLI::App& program, Task& task) {
  struct NoOptions {};
  add_command<NoOptions>(
      program, task,
      {"schema", "Print a JSON Schema of the YAML, for editors: keys, types, ranges, help"},
      [](const NoOptions&) {
        deliver("{}\n", configuration_schema().dump(1));
        return ExitCode::kDone;
      },
      [](CLI::App&, NoOptions&) {});
}

}  // namespace sr::app
