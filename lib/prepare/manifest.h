#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "prepare/settings.h"
#include "prepare/source.h"

namespace sr {

/// What prepare.json in a prepared set says. It is written before the first picture: every file
/// that it implies was made of the source and by the recipe that it names, or is still missing.
struct Manifest {
  Recipe recipe;
  bool complete = false;  ///< nothing is missing
  std::vector<Source> sources;
};

inline constexpr const char* kManifestName = "prepare.json";

/// Nothing when the folder has none. Throws ConfigError for one that is damaged or of a later
/// version; DataError for values that no run writes (a step of 0, sources outside the input), as no
/// option should act on them.
std::optional<Manifest> read_manifest(const std::filesystem::path& folder);

/// Atomic. Throws StorageError.
void write_manifest(const std::filesystem::path& folder, const Manifest& manifest);

}  // namespace sr
