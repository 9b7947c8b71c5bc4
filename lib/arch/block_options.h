#pragma once

// What the options of networks of blocks share.

namespace sr::arch {

inline constexpr const char* kNoDropout = "Dropout, which no published network uses: 0 alone.";

}  // namespace sr::arch
