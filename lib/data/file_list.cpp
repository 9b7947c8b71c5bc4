#include "data/file_list.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "core/error.h"
#include "core/parallel.h"
#include "data/probe_cache.h"
#include "image/image.h"

namespace sr {
namespace {

namespace fs = std::filesystem;

bool named_like_image(const fs::path& path) {
  static constexpr std::array<std::string_view, 11> kExtensions = {
      ".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".ppm", ".pgm", ".pnm", ".pbm"};
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::find(kExtensions.begin(), kExtensions.end(), extension) != kExtensions.end();
}

/// A file that cannot be read stays on the list: the checks that follow say why.
bool may_be_image(const fs::path& path, const ProbeCache* cache) {
  try {
    return named_like_image(path) || (cache != nullptr && cache->find(path)) ||
           looks_like_image(path);
  } catch (const DataError&) {
    return true;
  }
}

/// Collects every regular file below a root; nothing is opened yet.
class Walk {
 public:
  explicit Walk(FileList& list) : list_(list) {}

  void enter(const fs::path& folder, const std::string& prefix) {
    std::error_code error;
    const fs::path real = fs::canonical(folder, error);
    if (!error && !entered_.insert(real).second) {
      return;  // a link back to a folder already listed would never end
    }
    std::vector<fs::directory_entry> entries;
    fs::directory_iterator iterator(folder, error);
    for (; !error && iterator != fs::directory_iterator(); iterator.increment(error)) {
      entries.push_back(*iterator);
    }
    if (error) {
      list_.problems.push_back(
          fmt::format("{}: cannot be listed: {}", folder.string(), error.message()));
    }
    // Of two ways to one folder the first by name is taken, in whatever order the disk keeps them.
    std::sort(entries.begin(), entries.end(),
              [](const auto& a, const auto& b) { return a.path().native() < b.path().native(); });
    for (const fs::directory_entry& entry : entries) {
      visit(entry, prefix);
    }
  }

 private:
  /// The entry mostly knows its type from the folder's listing, so that this costs no look at the
  /// file itself.
  void visit(const fs::directory_entry& entry, const std::string& prefix) {
    const fs::path& path = entry.path();
    const std::string name = path.filename().string();
    if (name.starts_with('.')) {
      return;
    }
    std::error_code error;
    if (entry.is_directory(error)) {
      enter(path, prefix + name + "/");
    } else if (entry.is_regular_file(error)) {
      list_.files.push_back({prefix + path.stem().string(), path});
    } else if (named_like_image(path)) {
      list_.problems.push_back(
          fmt::format("{}: {}", path.string(), error ? error.message() : "is not a file"));
    }
  }

  FileList& list_;
  std::set<fs::path> entered_;
};

void drop_other_files(FileList& list, const ProbeCache* cache) {
  std::vector<char> keep(list.files.size(), 0);
  for_each_index(list.files.size(), useful_threads(),
                 [&](std::size_t i) { keep[i] = may_be_image(list.files[i].path, cache) ? 1 : 0; });
  std::vector<ImageFile> images;
  for (std::size_t i = 0; i < keep.size(); ++i) {
    if (keep[i] != 0) {
      images.push_back(std::move(list.files[i]));
    } else if (list.skipped++ == 0) {
      list.skipped_example = list.files[i].path;
    }
  }
  list.files = std::move(images);
}

void drop_equal_stems(FileList& list) {
  const auto same_stem = [](const ImageFile& a, const ImageFile& b) { return a.stem == b.stem; };
  for (std::size_t i = 1; i < list.files.size(); ++i) {
    if (same_stem(list.files[i - 1], list.files[i])) {
      list.problems.push_back(fmt::format("{}: has the same stem as {}",
                                          list.files[i].path.string(),
                                          list.files[i - 1].path.filename().string()));
    }
  }
  list.files.erase(std::unique(list.files.begin(), list.files.end(), same_stem), list.files.end());
}

}  // namespace

FileList list_images(const fs::path& root, const ProbeCache* cache) {
  FileList list;
  std::error_code error;
  const fs::file_status status = fs::status(root, error);
  if (!fs::is_directory(status)) {
    const bool missing = status.type() == fs::file_type::not_found;
    list.problems.push_back(fmt::format("{}: {}", root.string(),
                                        missing ? "no such folder"
                                        : error ? error.message()
                                                : "is not a folder"));
    return list;
  }
  Walk(list).enter(root, "");
  std::sort(list.files.begin(), list.files.end(), [](const ImageFile& a, const ImageFile& b) {
    return a.stem != b.stem ? a.stem < b.stem : a.path.native() < b.path.native();
  });
  drop_other_files(list, cache);
  if (list.files.empty() && list.problems.empty()) {
    list.problems.push_back(
        list.skipped == 0
            ? fmt::format("{}: the folder is empty", root.string())
            : fmt::format("{}: no image among its {} files", root.string(), list.skipped));
  }
  drop_equal_stems(list);
  return list;
}

}  // namespace sr
