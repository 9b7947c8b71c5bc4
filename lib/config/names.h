#pragma once

#include <string>
#include <string_view>

#include "config/config.h"
#include "config/findings.h"
#include "config/node.h"

namespace sr::settings {

/// Can be the name of one folder, shown and typed without tricks: printable UTF-8 of 1 to 200 bytes
/// (the file system has 255, and archived runs get a date) without '/', neither "." nor "..".
bool names_folder(std::string_view name);

/// Validation sets have folders of their own: their names can be such, and no two are equal but for
/// case or the Unicode form of letters, which some file systems do not tell apart.
void check_names(const Config& config, const Node& root, Findings& findings);

}  // namespace sr::settings
