#pragma once

#include <string>

#include "yaml/findings.h"
#include "yaml/node.h"

// Paths in a configuration: `~` and environment variables, as a shell has them.

namespace sr::settings {

/// Replaces a leading `~` (alone or before /) by $HOME, `$NAME` and `${NAME}` by that variable and
/// `$$` by one `$`, in a text or each text of a list. What is wrong, or nothing. Paths of Windows
/// (`C:\x`) and addresses (`https://x`) are problems; `./C:\x` is a file of that name.
Problem expand_paths(Node& node);

/// The reverse for texts that were expanded: reading them again gives the same.
void protect_paths(Node& node);

/// A path as the text of a setting, quoted where it must be: reading it gives the same path.
std::string path_setting(const std::string& path);

}  // namespace sr::settings
