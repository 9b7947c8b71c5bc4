#include "data/file_list.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <set>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "core/error.h"
#include "core/parallel.h"
#include "data/probe_cache.h"
#include "image/image.h"
#include "image/video.h"

namespace sr {
namespace {

namespace fs = std::filesystem;

enum class Kind : char { kOther, kImage, kVideo };

/// What a file is by the ending of its name.
Kind named_kind(const fs::path& path) {
  static constexpr std::array<std::string_view, 11> kImages = {
      ".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".ppm", ".pgm", ".pnm", ".pbm"};
  static constexpr std::array<std::string_view, 6> kVideos = {".mp4", ".m4v",  ".mov",
                                                              ".mkv", ".webm", ".avi"};
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto among = [&](const auto& endings) {
    return std::find(endings.begin(), endings.end(), extension) != endings.end();
  };
  return among(kImages) ? Kind::kImage : among(kVideos) ? Kind::kVideo : Kind::kOther;
}

/// What a file is, or pretends to be. A file that cannot be read stays on the list: the checks that
/// follow say why.
Kind kind_of(const fs::path& path, bool with_videos, const ProbeCache* cache) {
  const Kind named = named_kind(path);
  if (named == Kind::kImage || (named == Kind::kVideo && with_videos)) {
    return named;
  }
  try {
    if (const auto known = cache != nullptr ? cache->find(path) : std::nullopt) {
      return known->frames == 0 ? Kind::kImage : with_videos ? Kind::kVideo : Kind::kOther;
    }
    if (looks_like_image(path)) {
      return Kind::kImage;
    }
    return with_videos && looks_like_video(path) ? Kind::kVideo : Kind::kOther;
  } catch (const DataError&) {
    return Kind::kImage;
  }
}

/// Collects every regular file below a root; nothing is opened yet.
class Walk {
 public:
  Walk(FileList& list, bool with_videos) : list_(list), with_videos_(with_videos) {}

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
    } else if (const Kind kind = named_kind(path);
               kind == Kind::kImage || (kind == Kind::kVideo && with_videos_)) {
      list_.problems.push_back(
          fmt::format("{}: {}", path.string(), error ? error.message() : "is not a file"));
    }
  }

  FileList& list_;
  bool with_videos_;
  std::set<fs::path> entered_;
};

void drop_other_files(FileList& list, bool with_videos, const ProbeCache* cache) {
  std::vector<Kind> kinds(list.files.size(), Kind::kOther);
  for_each_index(list.files.size(), useful_threads(), [&](std::size_t i) {
    kinds[i] = kind_of(list.files[i].path, with_videos, cache);
  });
  std::vector<ImageFile> wanted;
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    if (kinds[i] != Kind::kOther) {
      list.files[i].video = kinds[i] == Kind::kVideo;
      wanted.push_back(std::move(list.files[i]));
    } else if (list.skipped++ == 0) {
      list.skipped_example = list.files[i].path;
    }
  }
  list.files = std::move(wanted);
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

/// What a list is made for.
struct Wanted {
  bool videos = false;
  bool equal_stems = false;  ///< keep all files of one stem
};

FileList list_root(const fs::path& root, Wanted wanted, const ProbeCache* cache) {
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
  Walk(list, wanted.videos).enter(root, "");
  std::sort(list.files.begin(), list.files.end(), [](const ImageFile& a, const ImageFile& b) {
    return a.stem != b.stem ? a.stem < b.stem : a.path.native() < b.path.native();
  });
  drop_other_files(list, wanted.videos, cache);
  if (list.files.empty() && list.problems.empty()) {
    list.problems.push_back(list.skipped == 0
                                ? fmt::format("{}: the folder is empty", root.string())
                                : fmt::format("{}: no image{} among its {} files", root.string(),
                                              wanted.videos ? " or video" : "", list.skipped));
  }
  if (!wanted.equal_stems) {
    drop_equal_stems(list);
  }
  return list;
}

}  // namespace

FileList list_images(const fs::path& root, const ProbeCache* cache) {
  return list_root(root, {}, cache);
}

FileList list_images_and_videos(const fs::path& root, const ProbeCache* cache) {
  return list_root(root, {.videos = true}, cache);
}

FileList list_all_images_and_videos(const fs::path& root) {
  return list_root(root, {.videos = true, .equal_stems = true}, nullptr);
}

}  // namespace sr
