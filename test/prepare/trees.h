#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/error.h"
#include "image/image.h"
#include "support/pattern.h"
#include "support/temp_folder.h"
#include "support/thrown.h"

namespace sr::test {

/// Writes the pattern as PNG below the folder, creating parents.
inline void write_pattern(const std::filesystem::path& file, int width, int height) {
  std::filesystem::create_directories(file.parent_path());
  write_png(file, pattern(width, height));
}

/// Every file below a folder with its contents, by relative name.
inline std::map<std::string, std::string> tree(const std::filesystem::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) {
      files[entry.path().lexically_relative(folder).generic_string()] = read_text(entry.path());
    }
  }
  return files;
}

inline std::vector<std::string> names(const std::map<std::string, std::string>& files) {
  std::vector<std::string> result;
  for (const auto& [name, text] : files) {
    result.push_back(name);
  }
  return result;
}

}  // namespace sr::test
