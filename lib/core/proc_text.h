#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sr {

// The small text files in which Linux says what a process may use: /proc and the control groups.

/// The whole file; empty when it cannot be read.
std::string read_small_file(const std::filesystem::path& path);

/// The non-negative number at the start of `text`, after blanks.
std::optional<std::int64_t> leading_number(std::string_view text);

/// What follows `prefix` on the first line that starts with it, up to the end of that line.
std::optional<std::string_view> line_after(std::string_view text, std::string_view prefix);

/// leading_number() of line_after(): "MemTotal:" -> 24684084.
std::optional<std::int64_t> number_after(std::string_view text, std::string_view prefix);

/// This process's group in the text of /proc/self/cgroup: in the unified hierarchy ("0::/a/b",
/// version 2) when `controller` is empty, else in the one that has this controller
/// ("4:cpu,memory:/a", version 1). Nothing when there is no such line.
std::optional<std::string_view> cgroup_path(std::string_view text, std::string_view controller);

/// The existing folders of this process's group and of all above it, nearest first; a limit in any
/// of them holds. `root` is where /proc and /sys are found. Inside a container the path may name
/// groups that only the host sees; the container's own limits then lie at the top of the mount, the
/// last one.
std::vector<std::filesystem::path> cgroup_folders(const std::filesystem::path& root,
                                                  std::string_view controller);

}  // namespace sr
