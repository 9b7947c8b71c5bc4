#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// Lists of texts that a user is shown.

namespace sr {

/// Names that a warning shows: enough to look at. An error names more, as each has to be mended.
inline constexpr std::size_t kNamesInWarning = 5;
inline constexpr std::size_t kNamesInError = 20;

/// "a, b, c" of the first `shown` names, then "and 17 more".
std::string shortened_list(const std::vector<std::string>& names,
                           std::size_t shown = kNamesInError);

/// The text, or the first `most` bytes of it (a whole number of characters) and "...".
std::string shortened(std::string_view text, std::size_t most);

/// Puts `lines` behind those in `to`.
void append_lines(std::vector<std::string>& to, std::vector<std::string> lines);

}  // namespace sr
