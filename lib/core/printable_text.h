#pragma once

#include <string>
#include <string_view>

// Text that came from outside (a file's name, a key, a line of a list) on its way to a person.

namespace sr {

/// Valid UTF-8 that moves no cursor and turns no line around: control characters, bytes that are no
/// UTF-8, and code points that reorder or break lines are written out, ESC as "\x1b", a lone 0xE9
/// as "\xe9", U+202E as "\u202e". Newlines stay, for messages of several lines; a tab becomes a
/// space. Text without such characters comes back as it is.
std::string printable(std::string_view text);

/// The same for what has to stay in one line, such as a name in a message: newlines and tabs are
/// written out too, as "\n" and "\t".
std::string printable_line(std::string_view text);

}  // namespace sr
