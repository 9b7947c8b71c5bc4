#include "checkpoint/experiment_pictures.h"

#include <algorithm>
#include <map>
#include <system_error>
#include <utility>
#include <vector>

#include "checkpoint/experiment_layout.h"
#include "core/atomic_file.h"

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

}  // namespace

void remove_unfinished_pictures(const path& folder) {
  for (const path& file : files_below(folder)) {
    if (is_temporary_name(file)) {
      remove_unfinished(file);
    }
  }
}

void prune_pictures(const path& folder, std::int64_t step, int keep) {
  std::map<std::int64_t, std::vector<path>> by_step;
  for (path& file : files_below(folder)) {
    if (const auto of = step_of_picture(file); of && *of <= step) {
      by_step[*of].push_back(std::move(file));
    }
  }
  while (by_step.size() > static_cast<std::size_t>(keep)) {
    std::ranges::for_each(by_step.begin()->second, remove_file);
    by_step.erase(by_step.begin());
  }
}

}  // namespace sr
