#include "checkpoint/experiment_pictures.h"

#include <system_error>
#include <vector>

#include "core/atomic_file.h"
#include "core/error.h"

namespace sr {
namespace {

using std::filesystem::path;
using std::filesystem::recursive_directory_iterator;

std::vector<path> files_below(const path& folder) {
  std::vector<path> files;
  std::error_code error;  // a folder that is not there has no files
  recursive_directory_iterator entries(folder, error);
  for (; !error && entries != recursive_directory_iterator(); entries.increment(error)) {
    std::error_code unknown;
    if (entries->is_regular_file(unknown)) {
      files.push_back(entries->path());
    }
  }
  return files;
}

void remove_file(const path& file) {
  std::error_code error;
  std::filesystem::remove(file, error);
  if (error) {
    throw StorageError("cannot delete " + file.string() + ": " + error.message());
  }
}

}  // namespace

void remove_unfinished_pictures(const path& folder) {
  for (const path& file : files_below(folder)) {
    if (is_temporary_name(file)) {
      remove_file(file);
    }
  }
}

}  // namespace sr
