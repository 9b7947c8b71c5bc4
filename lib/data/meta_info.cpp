#include "data/meta_info.h"

#include <fstream>
#include <regex>

#include <fmt/format.h>

#include "core/error.h"

namespace sr {
namespace {

std::string trimmed(const std::string& text) {
  static constexpr const char* kBlank = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

MetaEntry parse_line(const std::string& text,
                     const std::function<bool(const std::string&)>& is_gt) {
  static const std::regex kSides(R"(\s+\(\s*\d+\s*,\s*\d+\s*(,\s*\d+\s*)?\)$)");
  MetaEntry entry;
  const std::string plain = std::regex_replace(text, kSides, "");
  const std::size_t comma = plain.find(',');
  if (is_gt(text)) {
    entry.gt = text;
  } else if (comma == std::string::npos || is_gt(plain)) {
    entry.gt = plain;
  } else {
    entry.gt = trimmed(plain.substr(0, comma));
    entry.lq = trimmed(plain.substr(comma + 1));
  }
  return entry;
}

}  // namespace

std::vector<MetaEntry> read_meta_info(const std::filesystem::path& file,
                                      const std::function<bool(const std::string&)>& is_gt) {
  std::ifstream stream(file);
  if (!stream || std::filesystem::is_directory(file)) {
    throw DataError(fmt::format("{}: cannot be read", file.string()));
  }
  std::vector<MetaEntry> entries;
  std::string text;
  for (int line = 1; std::getline(stream, text); ++line) {
    if (line == 1 && text.starts_with("\xEF\xBB\xBF")) {
      text.erase(0, 3);  // byte order mark of Windows editors
    }
    text = trimmed(text);
    if (text.empty()) {
      continue;
    }
    entries.push_back(parse_line(text, is_gt));
    entries.back().line = line;
  }
  if (stream.bad()) {
    throw DataError(fmt::format("{}: cannot be read to its end", file.string()));
  }
  if (entries.empty()) {
    throw DataError(fmt::format("{}: names no image", file.string()));
  }
  return entries;
}

std::string without_extension(const std::string& name) {
  const std::size_t slash = name.find_last_of('/');
  const std::size_t base = slash == std::string::npos ? 0 : slash + 1;
  const std::size_t dot = name.find_last_of('.');
  return dot == std::string::npos || dot <= base ? name : name.substr(0, dot);
}

}  // namespace sr
