#include "core/unicode_form.h"

#include <algorithm>

#include "core/canonical_pairs.h"
#include "core/utf8.h"

namespace sr {
namespace {

/// Hangul syllables are counted through: lead, vowel, tail (Unicode, section 3.12).
void append_hangul(std::string& to, char32_t syllable) {
  constexpr char32_t kVowels = 21;
  constexpr char32_t kTails = 28;  // the first of them: none
  append_utf8(to, 0x1100 + syllable / (kVowels * kTails));
  append_utf8(to, 0x1161 + syllable / kTails % kVowels);
  if (syllable % kTails != 0) {
    append_utf8(to, 0x11A7 + syllable % kTails);
  }
}

void append_decomposed(std::string& to, char32_t value) {
  constexpr char32_t kFirstSyllable = 0xAC00;
  constexpr char32_t kSyllables = 11172;
  if (value >= kFirstSyllable && value < kFirstSyllable + kSyllables) {
    append_hangul(to, value - kFirstSyllable);
    return;
  }
  const auto* const pair =
      std::lower_bound(kCanonicalPairs.begin(), kCanonicalPairs.end(), value,
                       [](const CanonicalPair& a, char32_t b) { return a.whole < b; });
  if (pair == kCanonicalPairs.end() || pair->whole != value) {
    append_utf8(to, value);
    return;
  }
  append_decomposed(to, pair->letter);  // whose own marks come first
  append_utf8(to, pair->mark);
}

char32_t small_letter(char32_t value) {
  const auto within = [value](char32_t low, char32_t high) {
    return value >= low && value <= high;
  };
  if (within('A', 'Z') || (within(0xC0, 0xDE) && value != 0xD7) || within(0x391, 0x3A9) ||
      within(0x410, 0x42F)) {
    return value + 0x20;
  }
  if (within(0x400, 0x40F)) {
    return value + 0x50;
  }
  const bool in_turns = within(0x100, 0x17F) || within(0x460, 0x481) || within(0x48A, 0x4BF);
  const bool odd_is_large = within(0x139, 0x148) || within(0x179, 0x17E);
  return in_turns && (value % 2 == 0) != odd_is_large && value != 0x17F ? value + 1 : value;
}

template <typename Append>
std::string each_code_point(std::string_view name, Append append) {
  std::string result;
  result.reserve(name.size());
  while (!name.empty()) {
    const CodePoint next = first_code_point(name);
    if (next.bytes == 0) {
      result += name[0];
    } else {
      append(result, next.value);
    }
    name.remove_prefix(std::max<std::size_t>(next.bytes, 1));
  }
  return result;
}

}  // namespace

std::string decomposed(std::string_view name) {
  return each_code_point(name, append_decomposed);
}

std::string folded(std::string_view name) {
  return each_code_point(decomposed(name), [](std::string& to, char32_t value) {
    append_utf8(to, small_letter(value));
  });
}

}  // namespace sr
