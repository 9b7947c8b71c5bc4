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

void append_lines(std::vector<std::string>& to, std::vector<std::string> lines) {
  std::move(lines.begin(), lines.end(), std::back_inserter(to));
}

}  // namespace sr
