#include "image/color_profile.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string_view>

namespace sr {
namespace {

constexpr std::size_t kHeaderSize = 128;
constexpr std::size_t kColorSpace = 16;
constexpr double kPrimariesNear = 0.01;
constexpr double kCurveNear = 0.02;

/// Section 7: a header, a table of (signature, offset, size), the data of the tags. Big-endian;
/// what lies outside reads as 0.
class Profile {
 public:
  explicit Profile(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  std::uint32_t number(std::size_t at, int count) const {
    std::uint32_t value = 0;
    for (int i = 0; i < count; ++i, ++at) {
      value = value << 8 | (at < bytes_.size() ? bytes_[at] : 0U);
    }
    return value;
  }
  double fixed(std::size_t at) const {  // s15Fixed16Number
    return static_cast<std::int32_t>(number(at, 4)) / 65536.0;
  }
  bool is(std::size_t at, std::string_view text) const {
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (number(at + i, 1) != static_cast<std::uint8_t>(text[i])) {
        return false;
      }
    }
    return true;
  }
  /// Where the data of a tag begins.
  std::optional<std::size_t> tag(std::string_view signature) const {
    constexpr std::uint32_t kMostTags = 200;
    const std::uint32_t count = std::min(number(kHeaderSize, 4), kMostTags);
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t entry = kHeaderSize + 4 + 12 * i;
      if (is(entry, signature)) {
        return number(entry + 4, 4);
      }
    }
    return std::nullopt;
  }
  std::size_t size() const { return bytes_.size(); }

 private:
  std::span<const std::uint8_t> bytes_;
};

/// Section 10.10 (v2: textDescriptionType) and 10.15, letters of ASCII.
std::string name_of(const Profile& profile) {
  constexpr std::uint32_t kLongest = 60;
  const auto at = profile.tag("desc");
  std::string name;
  if (at && profile.is(*at, "mluc")) {
    const std::uint32_t size = std::min(profile.number(*at + 20, 4) / 2, kLongest);
    const std::size_t text = *at + profile.number(*at + 24, 4);
    for (std::uint32_t i = 0; i < size; ++i) {
      name += static_cast<char>(profile.number(text + 2 * i, 2) < 127
                                    ? profile.number(text + 2 * i + 1, 1)
                                    : std::uint32_t{'?'});
    }
  } else if (at) {
    const std::uint32_t size = std::min(profile.number(*at + 8, 4), kLongest);
    for (std::uint32_t i = 0; i < size; ++i) {
      name += static_cast<char>(profile.number(*at + 12 + i, 1));
    }
  }
  std::erase_if(name, [](char c) { return c < ' ' || c > '~'; });
  return name.empty() ? "a profile without a name" : name;
}

bool is_near_primary(const Profile& profile, std::string_view signature,
                     const std::array<double, 3>& xyz) {
  const auto at = profile.tag(signature);
  for (std::size_t i = 0; at && i < xyz.size(); ++i) {
    if (std::abs(profile.fixed(*at + 8 + 4 * i) - xyz[i]) > kPrimariesNear) {
      return false;
    }
  }
  return at.has_value();
}

double srgb_light(double value) {  // IEC 61966-2-1
  return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
}

/// Section 10.18, parametricCurveType: functions 0 to 4.
double parametric(const Profile& profile, std::size_t at, double x) {
  const std::uint32_t kind = profile.number(at + 8, 2);
  const auto p = [&](std::size_t i) { return profile.fixed(at + 12 + 4 * i); };
  if (kind == 0) {
    return std::pow(x, p(0));
  }
  const double power = std::pow(std::max(p(1) * x + p(2), 0.0), p(0));
  if (kind == 1 || kind == 2) {
    return x >= -p(2) / p(1) ? power + (kind == 2 ? p(3) : 0.0) : (kind == 2 ? p(3) : 0.0);
  }
  return x >= p(4) ? power + (kind == 4 ? p(5) : 0.0) : p(3) * x + (kind == 4 ? p(6) : 0.0);
}

/// Light of a stored value, both 0 to 1; section 10.6 for curveType.
double light(const Profile& profile, std::size_t at, double x) {
  if (profile.is(at, "para")) {
    return parametric(profile, at, x);
  }
  const std::uint32_t count = profile.number(at + 8, 4);
  if (count == 0) {
    return x;
  }
  if (count == 1) {
    return std::pow(x, profile.number(at + 12, 2) / 256.0);
  }
  const auto nearest = static_cast<std::size_t>(std::lround(x * (count - 1)));
  return profile.number(at + 12 + 2 * nearest, 2) / 65535.0;
}

bool is_near_curve(const Profile& profile, std::string_view signature) {
  const auto at = profile.tag(signature);
  for (const double x : {0.2, 0.4, 0.6, 0.8}) {
    if (!at || !(std::abs(light(profile, *at, x) - srgb_light(x)) <= kCurveNear)) {
      return false;
    }
  }
  return true;
}

bool is_srgb(const Profile& profile) {
  if (profile.is(kColorSpace, "GRAY")) {
    return is_near_curve(profile, "kTRC");
  }
  if (!profile.is(kColorSpace, "RGB ")) {
    return false;
  }
  if (!profile.tag("rXYZ")) {  // tables instead: told by the name alone
    return name_of(profile).find("sRGB") != std::string::npos;
  }
  // sRGB's primaries, adapted to D50.
  return is_near_primary(profile, "rXYZ", {0.4360, 0.2225, 0.0139}) &&
         is_near_primary(profile, "gXYZ", {0.3851, 0.7169, 0.0971}) &&
         is_near_primary(profile, "bXYZ", {0.1431, 0.0606, 0.7141}) &&
         is_near_curve(profile, "rTRC") && is_near_curve(profile, "gTRC") &&
         is_near_curve(profile, "bTRC");
}

}  // namespace

std::string foreign_profile(std::span<const std::uint8_t> icc) {
  constexpr std::size_t kSignature = 36;
  const Profile profile(icc);
  if (icc.size() <= kHeaderSize + 4 || !profile.is(kSignature, "acsp") || is_srgb(profile)) {
    return {};
  }
  return name_of(profile);
}

bool profile_fits(std::span<const std::uint8_t> icc, bool gray) {
  return !Profile(icc).is(kColorSpace, gray ? "RGB " : "GRAY");
}

}  // namespace sr
