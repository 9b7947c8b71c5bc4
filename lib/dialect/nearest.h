#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sr::settings {

/// Insertions, deletions, replacements and swaps of neighbours between two words (optimal string
/// alignment).
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The word that was probably meant, whatever its case; nothing when none is near (one
/// letter more than a third of them differs, or more than half of the longer word).
std::optional<std::string> nearest_word(std::string_view word,
                                        const std::vector<std::string>& known);

}  // namespace sr::settings
