#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sr {

inline constexpr std::int64_t kKiB = 1024;
inline constexpr std::int64_t kMiB = 1024 * kKiB;
inline constexpr std::int64_t kGiB = 1024 * kMiB;

/// Bytes in "12GiB", "1.5 MiB", "200KiB", "4096" (plain bytes); nothing when the text is something
/// else, negative, or more than an int64 holds.
std::optional<std::int64_t> parse_bytes(std::string_view text);

/// Human reading with one decimal: "812.5 MiB". For messages.
std::string format_bytes(std::int64_t bytes);

/// Exact form that parse_bytes reads back to the same number: "12GiB", "1536MiB", "4097".
std::string exact_bytes(std::int64_t bytes);

/// "1:02:03" or "2d 1:02:03".
std::string format_duration(double seconds);

}  // namespace sr
