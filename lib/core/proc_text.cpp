#include "core/proc_text.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sstream>

namespace sr {
namespace {

/// Cuts the first line off `text`.
std::string_view take_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

/// "cpu,memory" has "memory", not "mem".
bool lists(std::string_view controllers, std::string_view name) {
  while (!controllers.empty()) {
    const std::string_view one = controllers.substr(0, controllers.find(','));
    if (one == name) {
      return true;
    }
    controllers.remove_prefix(std::min(one.size() + 1, controllers.size()));
  }
  return false;
}

}  // namespace

std::string read_small_file(const std::filesystem::path& path) {
  const std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::optional<std::int64_t> leading_number(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t\n"), text.size()));
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || number < 0) {
    return std::nullopt;
  }
  return number;
}

std::optional<std::string_view> line_after(std::string_view text, std::string_view prefix) {
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (line.starts_with(prefix)) {
      return line.substr(prefix.size());
    }
  }
  return std::nullopt;
}

std::optional<std::int64_t> number_after(std::string_view text, std::string_view prefix) {
  const auto rest = line_after(text, prefix);
  return rest ? leading_number(*rest) : std::nullopt;
}

std::optional<std::string_view> cgroup_path(std::string_view text, std::string_view controller) {
  if (controller.empty()) {
    return line_after(text, "0::");
  }
  while (!text.empty()) {
    const std::string_view line = take_line(text);  // "number:controllers:path"
    const std::size_t first = line.find(':');
    const std::size_t second = first == line.npos ? line.npos : line.find(':', first + 1);
    if (second != line.npos && lists(line.substr(first + 1, second - first - 1), controller)) {
      return line.substr(second + 1);
    }
  }
  return std::nullopt;
}

std::vector<std::filesystem::path> cgroup_folders(const std::filesystem::path& root,
                                                  std::string_view controller) {
  std::vector<std::filesystem::path> folders;
  const std::string text = read_small_file(root / "proc/self/cgroup");
  const auto path = cgroup_path(text, controller);
  if (!path) {
    return folders;
  }
  const std::filesystem::path mount = root / "sys/fs/cgroup" / controller;
  std::filesystem::path relative = std::filesystem::path(*path).relative_path();
  while (true) {
    std::error_code ignored;
    if (std::filesystem::is_directory(mount / relative, ignored)) {
      folders.push_back(mount / relative);
    }
    if (relative.empty()) {
      return folders;
    }
    relative = relative.parent_path();
  }
}

}  // namespace sr
