#pragma once

#include <string>
#include <string_view>

namespace sr {

/// A name in Unicode's decomposed form (NFD), which some systems write (macOS) and others do not:
/// "é" as "e" and a combining mark. Two names that look alike give the same text. Covers Latin,
/// Greek, Cyrillic, kana and Hangul; other characters and bytes that are no UTF-8 stay.
std::string decomposed(std::string_view name);

/// The same with capital letters (of these scripts) made small: equal for names that a file system
/// may take for one.
std::string folded(std::string_view name);

}  // namespace sr
