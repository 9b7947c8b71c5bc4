#pragma once

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

namespace sr::test {

/// A folder of the real images that lie outside the project: below $SR_SHARED_DATA or beside the
/// sources. Nothing when it is absent, and then the test skips.
inline std::optional<std::filesystem::path> shared_data(const std::string& folder) {
  const char* named = std::getenv("SR_SHARED_DATA");
  const std::filesystem::path root = named != nullptr ? named : SR_SOURCE_DIR "/../shared/data";
  if (!std::filesystem::is_directory(root / folder)) {
    return std::nullopt;
  }
  return root / folder;
}

}  // namespace sr::test
