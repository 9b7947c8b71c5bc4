#pragma once

#include <string_view>

namespace sr::settings {

/// Can be the name of one folder, shown and typed without tricks: printable UTF-8 of 1 to 200 bytes
/// (the file system has 255, and archived runs get a date) without '/', neither "." nor "..".
bool names_folder(std::string_view name);

}  // namespace sr::settings
