#include "core/lines.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <span>

namespace sr {

std::string shortened_list(const std::vector<std::string>& names, std::size_t shown) {
  const std::span<const std::string> first(names.data(), std::min(names.size(), shown));
  const std::string text = fmt::format("{}", fmt::join(first, ", "));
  return first.size() == names.size()
             ? text
             : fmt::format("{} and {} more", text, names.size() - first.size());
}

std::string shortened(std::string_view text, std::size_t most) {
  if (text.size() <= most) {
    return std::string(text);
  }
  const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80; };
  while (most > 0 && continues(text[most])) {
    --most;
  }
  return std::string(text.substr(0, most)) + "...";
}

void append_lines(std::vector<std::string>& to, std::vector<std::string> lines) {
  std::move(lines.begin(), lines.end(), std::back_inserter(to));
}

}  // namespace sr
