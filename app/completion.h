#pragma once

#include <string>

#include <CLI/App.hpp>

namespace sr::app {

enum class Shell : char { kBash, kZsh, kFish };

/// A script that teaches the shell the program's commands and options, and completes files where an
/// option takes a path. Made from the command line's own description, so that it lacks nothing.
std::string completion_script(const CLI::App& program, Shell shell);

}  // namespace sr::app
