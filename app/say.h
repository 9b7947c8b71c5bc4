#pragma once

#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace sr::app {

/// To standard output, as printable text (core/printable_text.h). What it does not take is lost: a
/// message that cannot be written must not change what a command does, nor its exit code.
void say_text(std::string_view text);

/// fmt::print without its exceptions.
template <typename... Arguments>
void say(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  say_text(fmt::format(format, std::forward<Arguments>(arguments)...));
}

/// What a command was asked for, not what it says of its work: all of it goes to standard output.
/// Throws StorageError where that does not take it; a reader that has gone wants no more.
void deliver_text(std::string_view text);

template <typename... Arguments>
void deliver(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  deliver_text(fmt::format(format, std::forward<Arguments>(arguments)...));
}

/// say_text() to standard error, which is not waited for if its reader has stopped.
void say_error(std::string_view text);

}  // namespace sr::app
