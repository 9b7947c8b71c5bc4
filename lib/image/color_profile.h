#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace sr {

/// Larger profiles are of printers and scanners; what is in them is not looked at.
inline constexpr std::uint64_t kLargestProfile = std::uint64_t{1} << 20;

/// The name of an ICC profile (ICC.1:2022) whose colours are not those of sRGB: "Display P3",
/// "Adobe RGB (1998)" ...; empty for sRGB and what is very near to it (primaries within 0.01 of its
/// XYZ, tone curve within 0.02 of its own), and for bytes that are no profile.
std::string foreign_profile(std::span<const std::uint8_t> icc);

/// False when the profile says that it is for gray and the pixels have colours, or the reverse.
bool profile_fits(std::span<const std::uint8_t> icc, bool gray);

}  // namespace sr
