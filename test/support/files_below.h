#pragma once

#include <filesystem>
#include <set>
#include <string>

namespace sr::test {

/// The files at any depth, by their paths below the folder.
inline std::set<std::string> files_below(const std::filesystem::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) {
      names.insert(entry.path().lexically_relative(folder).string());
    }
  }
  return names;
}

}  // namespace sr::test
