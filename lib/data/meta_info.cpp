#include "data/meta_info.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "core/error.h"
#include "core/text_file.h"

namespace sr {
namespace {

constexpr std::size_t kMostBytes = std::size_t{1} << 28;

std::string_view trimmed(std::string_view text) {
  static constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Two or three numbers between commas: what BasicSR has in brackets.
bool are_sides(std::string_view text) {
  int numbers = 0;
  for (bool more = true; more; ++numbers) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view number = trimmed(text.substr(0, comma));
    if (number.empty() || !std::all_of(number.begin(), number.end(), is_digit) || numbers == 3) {
      return false;
    }
    more = comma < text.size();
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return numbers >= 2;
}

/// "a.png (480,480,3)" -> "a.png".
std::string_view without_sides(std::string_view text) {
  const std::size_t open = text.rfind('(');
  if (!text.ends_with(')') || open == std::string_view::npos || open == 0 ||
      trimmed(text.substr(0, open)).size() == open ||
      !are_sides(text.substr(open + 1, text.size() - open - 2))) {
    return text;
  }
  return trimmed(text.substr(0, open));
}

/// The first comma or tab outside of brackets, npos when there is none.
std::size_t first_separator(std::string_view text) {
  bool inside = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    inside = text[i] == '(' || (inside && text[i] != ')');
    if (!inside && (text[i] == ',' || text[i] == '\t')) {
      return i;
    }
  }
  return std::string_view::npos;
}

/// Where a line is split into GT and LQ: behind the text that names an image, else at the first
/// comma or tab outside of brackets; npos when there is none.
std::size_t find_split(std::string_view text,
                       const std::function<bool(const std::string&)>& is_gt) {
  constexpr int kMostTries = 8;  // commas in one name
  std::size_t at = text.find_first_of(",\t");
  for (int tries = 0; at != std::string_view::npos && tries < kMostTries; ++tries) {
    if (is_gt(std::string(without_sides(trimmed(text.substr(0, at)))))) {
      return at;
    }
    at = text.find_first_of(",\t", at + 1);
  }
  return first_separator(text);
}

MetaEntry parse_line(std::string_view text, const std::function<bool(const std::string&)>& is_gt) {
  MetaEntry entry;
  const std::string_view plain = without_sides(text);
  if (is_gt(std::string(text))) {
    entry.gt = text;
    return entry;
  }
  const std::size_t split =
      is_gt(std::string(plain)) ? std::string_view::npos : find_split(plain, is_gt);
  if (split == std::string_view::npos) {
    entry.gt = plain;
  } else {
    entry.gt = without_sides(trimmed(plain.substr(0, split)));
    entry.lq = without_sides(trimmed(plain.substr(split + 1)));
  }
  return entry;
}

}  // namespace

std::vector<MetaEntry> parse_meta_info(const std::string& text,
                                       const std::function<bool(const std::string&)>& is_gt) {
  std::vector<MetaEntry> entries;
  std::size_t begin = 0;
  for (int line = 1; begin < text.size(); ++line) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view content = trimmed(std::string_view(text).substr(begin, end - begin));
    if (!content.empty()) {
      entries.push_back(parse_line(content, is_gt));
      entries.back().line = line;
    }
    begin = end + 1;
  }
  return entries;
}

std::vector<MetaEntry> read_meta_info(const std::filesystem::path& file,
                                      const std::function<bool(const std::string&)>& is_gt) {
  TextFile content = read_text_file(file, kMostBytes, TextBytes::kAny);
  if (!content.problem.empty()) {
    throw DataError(fmt::format("{}: cannot be read: {}", file.string(), content.problem));
  }
  std::string text = std::move(content.text);
  if (text.find('\n') == std::string::npos) {
    std::replace(text.begin(), text.end(), '\r', '\n');  // line ends of old Macs
  }
  std::vector<MetaEntry> entries = parse_meta_info(text, is_gt);
  if (entries.empty()) {
    throw DataError(fmt::format("{}: names no image", file.string()));
  }
  return entries;
}

}  // namespace sr
