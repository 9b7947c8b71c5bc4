#pragma once

#include <string>
#include <string_view>

namespace sr {

/// ASCII lower case; other bytes as they are.
std::string lower(std::string_view text);

/// The extension of a file's name with its dot, in lower case; empty for a name without one, as
/// std::filesystem::path has it. A text, for lists of millions: to make a path costs more.
std::string lower_extension(const std::string& file);

}  // namespace sr
