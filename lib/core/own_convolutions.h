#pragma once

#include <optional>
#include <string_view>

namespace sr {

/// SR_OWN_CONVOLUTIONS: never, where a trial says so, wherever they can without a trial. A
/// processor's kernels need no trial: only kOff is something else to them.
enum class OwnConvolutions { kOff, kAuto, kOn };

/// Null: auto. Nothing for another word.
inline std::optional<OwnConvolutions> own_convolutions_of(const char* word) {
  const std::string_view said = word == nullptr ? "auto" : word;
  return said == "auto"  ? std::optional(OwnConvolutions::kAuto)
         : said == "off" ? std::optional(OwnConvolutions::kOff)
         : said == "on"  ? std::optional(OwnConvolutions::kOn)
                         : std::nullopt;
}

}  // namespace sr
