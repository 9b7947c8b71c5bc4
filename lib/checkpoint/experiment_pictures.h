#pragma once

#include <cstdint>
#include <filesystem>

namespace sr {

/// Deletes what a kill left half written below `folder` (visualization/). Throws StorageError.
void remove_unfinished_pictures(const std::filesystem::path& folder);

/// Of the pictures <image>_<step>.png below `folder` (visualization/<set>) those of the `keep`
/// newest steps up to `step` stay, and all of later steps, which another run of the same experiment
/// has made. Throws StorageError.
void prune_pictures(const std::filesystem::path& folder, std::int64_t step, int keep);

}  // namespace sr
