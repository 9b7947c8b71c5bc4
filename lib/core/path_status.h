#pragma once

#include <filesystem>
#include <string>

namespace sr {

// Questions about a path that never throw but where they say so, links followed. What the system
// refuses to look at (rights, a loop of links, a name too long) counts as not there: what opens it
// afterwards says why.

bool is_there(const std::filesystem::path& path);
bool is_folder(const std::filesystem::path& path);

/// is_there() where a file that cannot be looked at must not be taken for a missing one. Throws
/// StorageError "cannot look at <path>: <reason>".
bool is_surely_there(const std::filesystem::path& path);

/// True in file systems that the kernel makes up (/proc, /sys ...), where nobody's files lie. False
/// where it cannot be told.
bool is_made_up(const std::filesystem::path& path);

/// "<path>: no such file or folder", or the system's reason for not looking at it.
std::string not_there(const std::filesystem::path& path);

/// From the root; the path itself where the working directory is gone.
std::filesystem::path absolute_path(const std::filesystem::path& path);

/// absolute_path() without "." and "..", which are taken for what they say, not through links.
std::filesystem::path normal_path(const std::filesystem::path& path);

/// normal_path() with links followed as far as it exists.
std::filesystem::path real_path(const std::filesystem::path& path);

/// True for a folder and everything below it; both as real_path() gives them.
bool is_within(const std::filesystem::path& path, const std::filesystem::path& folder);

}  // namespace sr
