#include "core/units.h"

#include <fmt/format.h>

#include <array>
#include <cctype>
#include <charconv>
#include <cmath>

namespace sr {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t bytes;
};
constexpr std::array<Unit, 4> kUnits{{{"GiB", kGiB}, {"MiB", kMiB}, {"KiB", kKiB}, {"B", 1}}};

std::string_view trim(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) {
    text.remove_prefix(1);
  }
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) {
    text.remove_suffix(1);
  }
  return text;
}

}  // namespace

std::optional<std::int64_t> parse_bytes(std::string_view text) {
  text = trim(text);
  double factor = 1;
  for (const Unit& unit : kUnits) {
    if (text.ends_with(unit.name)) {
      factor = static_cast<double>(unit.bytes);
      text = trim(text.substr(0, text.size() - unit.name.size()));
      break;
    }
  }
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) {
    return std::nullopt;
  }
  const double bytes = number * factor;
  if (!std::isfinite(bytes) || bytes < 0 || bytes >= 9.2e18) {
    return std::nullopt;
  }
  return std::llround(bytes);
}

std::string format_bytes(std::int64_t bytes) {
  for (const Unit& unit : kUnits) {
    if (unit.bytes > 1 && std::llabs(bytes) >= unit.bytes) {
      return fmt::format("{:.1f} {}", static_cast<double>(bytes) / static_cast<double>(unit.bytes),
                         unit.name);
    }
  }
  return fmt::format("{} B", bytes);
}

std::string exact_bytes(std::int64_t bytes) {
  for (const Unit& unit : kUnits) {
    if (unit.bytes > 1 && bytes != 0 && bytes % unit.bytes == 0) {
      return fmt::format("{}{}", bytes / unit.bytes, unit.name);
    }
  }
  return fmt::format("{}", bytes);
}

std::string format_duration(double seconds) {
  const auto total = static_cast<std::int64_t>(std::llround(std::fmax(0.0, seconds)));
  const std::int64_t days = total / 86400;
  const std::string clock =
      fmt::format("{}:{:02}:{:02}", total % 86400 / 3600, total % 3600 / 60, total % 60);
  return days > 0 ? fmt::format("{}d {}", days, clock) : clock;
}

}  // namespace sr
