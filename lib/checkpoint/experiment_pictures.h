#pragma once

#include <filesystem>

namespace sr {

/// Deletes what a kill left half written below `folder` (visualization/). Throws StorageError.
void remove_unfinished_pictures(const std::filesystem::path& folder);

}  // namespace sr
