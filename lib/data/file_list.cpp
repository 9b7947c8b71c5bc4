#include "data/file_list.h"

#include <dirent.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <optional>
#include <set>
#include <string_view>
#include <system_error>
#include <tuple>

#include <fmt/format.h>

#include "core/error.h"
#include "core/lower_case.h"
#include "core/parallel.h"
#include "core/path_status.h"
#include "data/name_index.h"
#include "data/probe_cache.h"
#include "image/file_kind.h"

namespace sr {
namespace {

namespace fs = std::filesystem;

enum class Kind : char { kOther, kImage, kVideo };

/// What a file is by the ending of its name.
Kind named_kind(const std::string& name) {
  static constexpr std::array<std::string_view, 11> kImages = {
      ".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".ppm", ".pgm", ".pnm", ".pbm"};
  static constexpr std::array<std::string_view, 6> kVideos = {".mp4", ".m4v",  ".mov",
                                                              ".mkv", ".webm", ".avi"};
  const std::string extension = lower_extension(name);
  const auto among = [&](const auto& endings) {
    return std::find(endings.begin(), endings.end(), extension) != endings.end();
  };
  return among(kImages) ? Kind::kImage : among(kVideos) ? Kind::kVideo : Kind::kOther;
}

/// Why a file is left out; nothing when it belongs to the list as `video` then says.
using Verdict = std::optional<LeftOutReason>;

Verdict of_other_kind(const std::string& name, FileKind content) {
  switch (content) {
    case FileKind::kRaw:
      return LeftOutReason::kRaw;
    case FileKind::kReducedFirst:
      return LeftOutReason::kReducedFirst;
    case FileKind::kUnreadMedia:
      return LeftOutReason::kUnreadFormat;
    default:
      return is_unread_format(name) ? LeftOutReason::kUnreadFormat : LeftOutReason::kOther;
  }
}

bool is_named_tiff(const std::string& name) {
  const std::string ending = lower_extension(name);
  return ending == ".tif" || ending == ".tiff";
}

/// What a file is, or pretends to be. A file that cannot be read stays on the list: the checks that
/// follow say why.
Verdict judge(const FilePath& file, bool with_videos, const ProbeCache* cache, bool& video) {
  const Kind named = named_kind(file.name());
  video = named == Kind::kVideo && with_videos;
  if (video || (named == Kind::kImage && !is_named_tiff(file.name()))) {
    return std::nullopt;
  }
  const std::string path = file.string();
  try {
    if (const auto known = cache != nullptr ? cache->find(path) : std::nullopt) {
      video = known->frames > 0;
      return video && !with_videos ? Verdict(LeftOutReason::kVideoNotTaken) : std::nullopt;
    }
    const FileKind content = kind_by_content(path);
    video = content == FileKind::kVideo;
    if (content == FileKind::kImage || (video && with_videos)) {
      return std::nullopt;
    }
    if (video || named == Kind::kVideo) {
      return LeftOutReason::kVideoNotTaken;
    }
    const bool refused = content == FileKind::kRaw || content == FileKind::kReducedFirst;
    return named == Kind::kImage && !refused ? std::nullopt : of_other_kind(file.name(), content);
  } catch (const DataError&) {
    return std::nullopt;
  }
}

/// Collects every regular file below a root that its name does not rule out; nothing is opened yet.
class Walk {
 public:
  Walk(FileList& list, bool with_videos, const fs::path& root)
      : list_(list), with_videos_(with_videos), root_(real_path(root)) {}

  void enter(const fs::path& folder, const std::string& prefix) {
    std::error_code error;
    const fs::path real = fs::canonical(folder, error);
    if (!error && !entered_.insert(real).second) {
      return;  // a link back to a folder already listed would never end
    }
    if (!error && real != root_ && is_within(root_, real)) {
      list_.left_out.add(LeftOutReason::kAround, folder);
      return;
    }
    if (is_made_up(folder)) {
      list_.problems.push_back(
          fmt::format("{}: lies in a file system that the kernel makes up, which keeps no images",
                      folder.string()));
      return;
    }
    std::vector<Entry> entries = entries_of(folder, error);
    if (error) {
      list_.problems.push_back(
          fmt::format("{}: cannot be listed: {}", folder.string(), error.message()));
    }
    // Of two ways to one folder the first by name is taken, in whatever order the disk keeps them.
    std::sort(entries.begin(), entries.end(),
              [](const Entry& a, const Entry& b) { return a.name < b.name; });
    const Place place{folder, FilePath::folder(folder), prefix};
    for (Entry& entry : entries) {
      visit(std::move(entry), place);
    }
  }

 private:
  struct Entry {
    std::string name;
    fs::file_type type;     ///< of what a link leads to
    std::error_code error;  ///< why there is no type
  };
  struct Place {
    const fs::path& path;
    FilePath::Folder folder;
    const std::string& prefix;
  };

  /// Not by std::filesystem, which makes a path of every name. What was read before an `error` is
  /// given.
  static std::vector<Entry> entries_of(const fs::path& folder, std::error_code& error) {
    std::vector<Entry> entries;
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(folder.c_str()), ::closedir);
    errno = stream ? 0 : errno;
    while (const dirent* entry = stream ? ::readdir(stream.get()) : nullptr) {
      if (const std::string_view name = entry->d_name; name != "." && name != "..") {
        entries.push_back(seen(folder, *entry));
      }
      errno = 0;
    }
    error.assign(errno, std::generic_category());
    return entries;
  }

  /// The listing of a folder mostly tells the type, so that this costs no look at the file itself.
  static Entry seen(const fs::path& folder, const dirent& entry) {
    Entry result{entry.d_name, fs::file_type::unknown, {}};
    if (entry.d_type == DT_DIR) {
      result.type = fs::file_type::directory;
    } else if (entry.d_type == DT_REG) {
      result.type = fs::file_type::regular;
    } else if (entry.d_type == DT_LNK || entry.d_type == DT_UNKNOWN) {
      result.type = fs::status(folder / result.name, result.error).type();
    }
    return result;
  }

  void visit(Entry entry, const Place& place) {
    if (entry.type == fs::file_type::directory) {
      const fs::path path = place.path / entry.name;
      if (entry.name.starts_with('.')) {
        list_.left_out.add(LeftOutReason::kSystem, path);
      } else if (is_folder_of_others(path)) {
        count_previews(path);
      } else {
        enter(path, place.prefix + entry.name + "/");
      }
    } else if (const auto reason = left_out_by_name(entry.name)) {
      list_.left_out.add(*reason, place.path / entry.name);
    } else if (entry.type == fs::file_type::regular) {
      std::string stem = without_extension(place.prefix + entry.name);
      list_.files.push_back({std::move(stem), {place.folder, std::move(entry.name)}});
    } else if (const Kind kind = named_kind(entry.name);
               kind == Kind::kImage || (kind == Kind::kVideo && with_videos_)) {
      list_.problems.push_back(fmt::format("{}: {}", (place.path / entry.name).string(),
                                           entry.error ? entry.error.message() : "is not a file"));
    }
  }

  /// Not through links: what is in there is nobody's data.
  void count_previews(const fs::path& folder) {
    std::error_code error;
    fs::recursive_directory_iterator entry(folder, error);
    for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
      std::error_code unknown;
      if (entry->is_regular_file(unknown)) {
        list_.left_out.add(LeftOutReason::kPreview, entry->path());
      }
    }
  }

  FileList& list_;
  bool with_videos_;
  fs::path root_;  ///< as real_path() gives it
  std::set<fs::path> entered_;
};

void drop_other_files(FileList& list, bool with_videos, const ProbeCache* cache) {
  std::vector<Verdict> verdicts(list.files.size());
  for_each_index(list.files.size(), useful_threads(), [&](std::size_t i) {
    verdicts[i] = judge(list.files[i].path, with_videos, cache, list.files[i].video);
  });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    if (verdicts[i]) {
      list.left_out.add(*verdicts[i], list.files[i].path);
    } else if (kept++ < i) {
      list.files[kept - 1] = std::move(list.files[i]);
    }
  }
  list.files.resize(kept);
}

/// Mostly they are in order already, as the names of a folder are visited.
void sort_files(std::vector<ImageFile>& files) {
  const auto before = [](const ImageFile& a, const ImageFile& b) {
    return std::tie(a.stem, a.video, a.path.name()) < std::tie(b.stem, b.video, b.path.name());
  };
  if (!std::is_sorted(files.begin(), files.end(), before)) {
    std::sort(files.begin(), files.end(), before);
  }
}

/// An image and a video of one name do not meet: the frames of the video lie below its name.
void drop_equal_stems(FileList& list) {
  const auto same_stem = [](const ImageFile& a, const ImageFile& b) {
    return a.stem == b.stem && a.video == b.video;
  };
  for (std::size_t i = 1; i < list.files.size(); ++i) {
    if (same_stem(list.files[i - 1], list.files[i])) {
      list.problems.push_back(fmt::format("{}: has the same stem as {}",
                                          list.files[i].path.string(),
                                          list.files[i - 1].path.name()));
    }
  }
  list.files.erase(std::unique(list.files.begin(), list.files.end(), same_stem), list.files.end());
}

/// What a list is made for.
struct Wanted {
  bool videos = false;
  bool equal_stems = false;  ///< keep all files of one stem
};

/// The entry of a folder that is `name` but for capital letters, or nothing.
fs::path entry_like(const fs::path& folder, const fs::path& name) {
  const std::string wanted = lower(name.string());
  std::error_code error;
  fs::directory_iterator entry(folder.empty() ? "." : folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    if (lower(entry->path().filename().string()) == wanted) {
      return entry->path().filename();
    }
  }
  return {};
}

/// For a folder that is missing: "; there is hr" when a folder of that path has other capitals, has
/// / for \ or no blanks around it, else nothing.
std::string hint_of_folder(const fs::path& missing) {
  std::string text = missing.string();
  std::replace(text.begin(), text.end(), '\\', '/');
  text.erase(0, text.find_first_not_of(' '));
  text.erase(text.find_last_not_of(' ') + 1);
  fs::path found;
  for (const fs::path& part : fs::path(text)) {
    std::error_code error;
    const bool is_there = part.empty() || fs::exists(found / part, error);
    const fs::path name = is_there ? part : entry_like(found, part);
    if (name.empty() && !part.empty()) {
      return {};
    }
    found /= name;
  }
  std::error_code error;
  return fs::is_directory(found, error) ? fmt::format("; there is {}", found.string()) : "";
}

FileList list_root(const fs::path& root, Wanted wanted, const ProbeCache* cache) {
  FileList list;
  std::error_code error;
  const fs::file_status status = fs::status(root, error);
  if (!fs::is_directory(status)) {
    const bool missing = status.type() == fs::file_type::not_found;
    list.problems.push_back(fmt::format("{}: {}", root.string(),
                                        missing ? "no such folder" + hint_of_folder(root)
                                        : error ? error.message()
                                                : "is not a folder"));
    return list;
  }
  Walk(list, wanted.videos, root).enter(root, "");
  drop_other_files(list, wanted.videos, cache);
  sort_files(list.files);
  if (list.files.empty() && list.problems.empty() && fs::exists(root / "data.mdb", error)) {
    list.problems.push_back(fmt::format(
        "{}: an LMDB database, which is not read; unpack its images into a folder", root.string()));
  } else if (list.files.empty() && list.problems.empty()) {
    list.problems.push_back(list.left_out.count() == 0
                                ? fmt::format("{}: the folder is empty", root.string())
                                : fmt::format("{}: no image{} in it; {}", root.string(),
                                              wanted.videos ? " or video" : "",
                                              list.left_out.text()));
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
