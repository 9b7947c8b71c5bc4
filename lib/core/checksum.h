#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace sr {

/// XXH3-64 of a byte range (xxHash). Against damage, not against an adversary.
std::uint64_t checksum(std::span<const std::byte> bytes);

/// XXH3-64 of a whole file. Throws CheckpointError when it cannot be read.
std::uint64_t file_checksum(const std::filesystem::path& path);

/// 16 lower-case hex digits.
std::string checksum_text(std::uint64_t value);

}  // namespace sr
