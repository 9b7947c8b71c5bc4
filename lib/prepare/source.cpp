#include "prepare/source.h"

#include <fmt/format.h>
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/error.h"
#include "core/parallel.h"
#include "core/shared_progress.h"
#include "data/file_list.h"
#include "data/profile_count.h"
#include "image/image.h"
#include "image/video.h"

namespace sr {
namespace {

namespace fs = std::filesystem;

/// Names are kept in JSON, which holds Unicode only.
bool is_unicode(const std::string& text) {
  try {
    nlohmann::json(text).dump();
    return true;
  } catch (const nlohmann::json::type_error&) {
    return false;
  }
}

struct Found {
  std::optional<Source> source;
  std::string problem;
  std::string warning;
  std::string color_profile;  ///< of an image (ImageInfo)
};

/// Fills in the sides. Throws DataError.
void look_at(const ImageFile& file, Source& source, Found& found) {
  if (!is_unicode(source.path)) {
    throw DataError(file.path.string() + ": its name is not valid UTF-8; rename it");
  }
  if (file.video) {
    const VideoInfo info = probe_video(file.path);
    source.width = info.width;
    source.height = info.height;
    source.frames = info.frames;
    found.warning = info.warning;
  } else {
    const ImageInfo info = probe_image(file.path);
    source.width = info.width;
    source.height = info.height;
    found.color_profile = info.color_profile;
  }
}

Survey collect(std::vector<Found> found, const FileList& list) {
  Survey result;
  result.problems = list.problems;
  if (list.left_out.count() > 0 && !list.files.empty()) {
    result.warnings.push_back(list.left_out.text());
  }
  ProfileCount profiles;
  for (std::size_t i = 0; i < found.size(); ++i) {
    Found& one = found[i];
    profiles.add(one.color_profile, list.files[i].path);
    if (one.source) {
      result.sources.push_back(std::move(*one.source));
    } else {
      result.problems.push_back(std::move(one.problem));
    }
    if (!one.warning.empty()) {
      result.warnings.push_back(std::move(one.warning));
    }
  }
  if (std::string text = profiles.text(); !text.empty()) {
    result.warnings.push_back(std::move(text));
  }
  std::sort(result.sources.begin(), result.sources.end(),
            [](const Source& a, const Source& b) { return a.path < b.path; });
  return result;
}

FileStamp required_stamp(const fs::path& file) {
  const std::optional<FileStamp> stamp = stamp_of(file);
  if (!stamp) {
    throw DataError(errno_message("cannot look at", file.string(), errno));
  }
  return *stamp;
}

}  // namespace

std::string Source::stem() const {
  return fs::path(path).replace_extension().string();
}

Survey survey(const fs::path& input, const std::vector<Source>& known, int threads,
              const std::function<void(std::size_t done, std::size_t total)>& progress,
              const std::function<bool()>& stop) {
  const FileList list = list_images_and_videos(input);
  std::map<std::string, const Source*> by_path;
  for (const Source& source : known) {
    by_path.emplace(source.path, &source);
  }
  std::vector<Found> found(list.files.size());
  SharedProgress counter(found.size(), progress);
  for_each_index(found.size(), threads, [&](std::size_t i) {
    if (stop && stop()) {
      return;
    }
    const ImageFile& file = list.files[i];
    try {
      Source source{.path = file.stem + fs::path(file.path.name()).extension().string(),
                    .stamp = required_stamp(file.path)};
      const auto same = by_path.find(source.path);
      if (same != by_path.end() && same->second->stamp == source.stamp) {
        source = *same->second;
      } else {
        look_at(file, source, found[i]);
      }
      found[i].source = std::move(source);
    } catch (const DataError& error) {
      found[i].problem = error.what();
    }
    counter.add_one();
  });
  counter.finish();
  return collect(std::move(found), list);
}

}  // namespace sr
