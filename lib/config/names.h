#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sr::settings {

/// Of a name that is a folder's, in bytes: the file system has 255, and archived runs get a date.
inline constexpr std::size_t kLongestName = 200;

/// Can be the name of one folder, shown and typed without tricks: printable UTF-8 of 1 to
/// kLongestName bytes without '/', neither "." nor "..".
bool names_folder(std::string_view name);

/// Of a name that is none: "expected text that can name a folder, got <shown>", or that its length
/// is the cause.
std::string no_name_of_folder(std::string_view name, const std::string& shown);

}  // namespace sr::settings
