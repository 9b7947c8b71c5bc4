#pragma once

#include <string>
#include <vector>

namespace sr::app {

/// The words of a command as a shell takes them.
std::string shell_text(const std::vector<std::string>& words);

/// What this program was started with, its name first.
std::vector<std::string> own_words();

/// What goes on with a run that such a command has begun or resumed.
std::vector<std::string> resuming_words(const std::vector<std::string>& words);

}  // namespace sr::app
