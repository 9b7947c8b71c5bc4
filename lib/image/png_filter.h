#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace sr {

/// Bytes that are read, not used, behind a row: pixels of three bytes are loaded by fours.
inline constexpr std::size_t kPngRowPadding = 1;

/// Undoes the filter of one row of a PNG with `channels` (3 or 4) bytes a pixel (ISO/IEC 15948
/// section 9.2): `filtered` becomes `row`, given the row above (zeros above the first).
/// kPngRowPadding bytes behind `filtered` and `above` must be readable. False for a filter that
/// does not exist.
bool undo_png_filter(int filter, int channels, const std::uint8_t* filtered,
                     const std::uint8_t* above, std::span<std::uint8_t> row);

}  // namespace sr
