#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

#include "prepare/layout.h"
#include "prepare/manifest.h"
#include "prepare/settings.h"
#include "prepare/source.h"

namespace sr {

/// The files below an output folder, '/' separated and relative to it. Names that begin with a dot
/// are passed over, and the manifest is left out.
struct FolderContents {
  std::unordered_set<std::string> files;
  std::set<std::string> unfinished;  ///< what a killed run left of a file that it was writing
  std::set<std::string> links;       ///< to folders; what lies behind them is not listed
};

/// Empty for a folder that does not exist. Throws StorageError for one that cannot be listed.
FolderContents list_folder(const std::filesystem::path& folder);

/// What a run does in an output folder.
struct Plan {
  std::vector<Source> sources;        ///< to be made as far as they are missing, sorted by path
  std::vector<Source> gone;           ///< no longer in the input; what was made of them stays
  std::vector<std::string> remove;    ///< to be deleted first, relative to the output folder
  std::vector<std::string> problems;  ///< sources that cannot be made, "<file>: <reason>"
  std::vector<std::string> warnings;
};

/// Holds sources and output folder together, so that afterwards every file in the folder is one
/// that the plan's sources make by these settings, or one that the user was told about. Throws
/// ConfigError, naming the first few culprits, when the folder holds files of another recipe, of
/// an earlier state of a source, or by another hand; with `overwrite` the first two kinds are
/// removed, and so are other files where a name is needed. Links to folders are refused either way:
/// files behind them would be kept unseen.
Plan make_plan(const PrepareSettings& settings, const FolderContents& contents,
               const std::vector<Source>& found, const std::optional<Manifest>& earlier);

}  // namespace sr
