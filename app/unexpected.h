#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace sr::app {

/// What a command line has that neither the program nor the command that was called takes, with
/// the option or command that was probably meant. `program` has refused it (CLI::ExtrasError).
std::string unexpected_words(const CLI::App& program);

}  // namespace sr::app
