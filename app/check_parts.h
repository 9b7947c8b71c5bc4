#pragma once

#include <filesystem>
#include <string>

#include "data/pairs.h"
#include "report/reporter.h"
#include "resolve/load.h"

// What `sr-train check` does on request, once every file has been found good.

namespace sr::app {

/// Throws ConfigError when a preview cannot go there: something else than a folder, or files of an
/// earlier one that nobody said to overwrite.
void check_preview_folder(const std::filesystem::path& folder, bool overwrite);
/// Pictures and preview.json. Throws StorageError.
void write_preview(const LoadedConfig& loaded, const PairList& training,
                   const std::filesystem::path& folder);

/// Trains for some steps and prints how long the run will take; how far that is, unless quiet.
void print_estimate(const LoadedConfig& loaded, const std::string& device, Verbosity verbosity);

}  // namespace sr::app
