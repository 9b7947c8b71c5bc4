#pragma once

#include <cstddef>
#include <string>

namespace sr {

/// Bytes that a name in a folder may have: NAME_MAX of Linux and its file systems.
inline constexpr std::size_t kLongestName = 255;

/// The name, or when it has more than `most` bytes its beginning, cut between characters of UTF-8,
/// and "~<checksum of the whole>" (17 bytes): different names stay different. `most` > 17.
std::string short_name(const std::string& name, std::size_t most);

}  // namespace sr
