#pragma once

#include <string>
#include <vector>

namespace sr::app {

/// The words of a command as a shell takes them.
std::string shell_text(const std::vector<std::string>& words);

/// What this program was started with, its name first.
std::vector<std::string> own_words();

/// What goes on with a run that such a command has begun or resumed; `leaves_state`: its
/// configuration names a state to begin with, which would win over the newest one.
std::vector<std::string> resuming_words(const std::vector<std::string>& words, bool leaves_state);

}  // namespace sr::app
