#include "prepare/prepare.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
#include <iterator>
#include <mutex>
#include <optional>
#include <set>
#include <utility>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/folder_lock.h"
#include "core/lines.h"
#include "core/parallel.h"
#include "core/shared_progress.h"
#include "image/image.h"
#include "image/video.h"
#include "prepare/manifest.h"
#include "prepare/plan.h"
#include "prepare/source.h"

namespace sr {
namespace {

namespace fs = std::filesystem;

/// Deletes files and the folders that become empty by it. Throws StorageError.
void remove_files(const fs::path& root, const std::vector<std::string>& names) {
  std::set<fs::path> folders;
  for (const std::string& name : names) {
    std::error_code error;
    fs::remove(root / name, error);
    if (error) {
      throw StorageError(
          fmt::format("cannot remove {}: {}", (root / name).string(), error.message()));
    }
    for (fs::path up = fs::path(name).parent_path(); !up.empty(); up = up.parent_path()) {
      folders.insert(up);
    }
  }
  for (auto folder = folders.rbegin(); folder != folders.rend(); ++folder) {
    std::error_code not_empty;
    fs::remove(root / *folder, not_empty);  // what is below a folder sorts behind it
  }
}

/// Decodes sources and hands their pictures to the writer, several at a time.
class Work {
 public:
  Work(const PrepareSettings& settings, const PrepareHooks& hooks, PictureWriter& writer)
      : settings_(settings), hooks_(hooks), writer_(writer) {}

  void run(const std::vector<Source>& sources) {
    std::vector<const Source*> images;
    std::vector<const Source*> videos;
    std::size_t pictures = 0;
    for (const Source& source : sources) {
      (source.is_video() ? videos : images).push_back(&source);
      pictures += static_cast<std::size_t>(Layout::pictures(source));
    }
    SharedProgress progress(pictures, hooks_.writing);
    for_each_index(images.size(), settings_.threads, [&](std::size_t i) {
      guarded([&] { make_image(*images[i]); });
      progress.add_one();
    });
    for (const Source* video : videos) {
      guarded([&] { make_frames(*video, progress); });
    }
    progress.finish();
  }

  bool stopped() const { return stopped_; }
  std::vector<std::string> take_problems() {
    std::sort(problems_.begin(), problems_.end());
    return std::move(problems_);
  }

 private:
  /// A source that fails is reported and the others go on; a full disk ends everything.
  template <typename Make>
  void guarded(Make make) {
    try {
      make();
    } catch (const DataError& error) {
      const std::lock_guard lock(mutex_);
      problems_.emplace_back(error.what());
    }
  }

  bool stop() {
    if (hooks_.stop && hooks_.stop()) {
      stopped_ = true;
    }
    return stopped_;
  }

  fs::path file_of(const Source& source) const { return settings_.input / source.path; }

  void require_unchanged(const Source& source) const {
    if (stamp_of(file_of(source)) != source.stamp) {
      throw DataError(file_of(source).string() + ": was changed while it was being read");
    }
  }

  void make_image(const Source& source) {
    if (stop() || writer_.keep(source, 0)) {
      return;
    }
    const cv::Mat picture = decode_image(file_of(source));
    require_unchanged(source);
    writer_.write(picture, source, 0);
  }

  /// One thread decodes a few frames, then all of them resize and encode, which takes far longer.
  void make_frames(const Source& source, SharedProgress& progress) {
    std::optional<VideoReader> reader;
    std::vector<std::pair<std::int64_t, cv::Mat>> frames;
    for (std::int64_t frame = 0; frame < source.frames; ++frame) {
      if (stop()) {
        return;
      }
      if (writer_.keep(source, frame)) {
        progress.add_one();
      } else {
        if (!reader) {
          reader.emplace(file_of(source), settings_.threads);
        }
        frames.emplace_back(frame, reader->read(frame));
      }
      const bool last = frame + 1 == source.frames;
      if (last || frames.size() == static_cast<std::size_t>(settings_.threads)) {
        require_unchanged(source);
        for_each_index(frames.size(), settings_.threads, [&](std::size_t i) {
          writer_.write(frames[i].second, source, frames[i].first);
          progress.add_one();
        });
        frames.clear();
      }
    }
  }

  const PrepareSettings& settings_;
  const PrepareHooks& hooks_;
  PictureWriter& writer_;
  std::atomic<bool> stopped_{false};
  std::mutex mutex_;
  std::vector<std::string> problems_;
};

/// Counts what the layout does to the sources.
void describe(const std::vector<Source>& sources, const Layout& layout, const Recipe& recipe,
              PrepareResult& result) {
  for (const Source& source : sources) {
    ++(source.is_video() ? result.videos : result.images);
    const auto pictures = static_cast<std::size_t>(Layout::pictures(source));
    result.pictures += pictures;
    if (layout.is_cut(source)) {
      result.cut += pictures;
      result.sub_images += pictures * layout.parts(source, 0).size();
    } else if (recipe.crop > 0) {
      result.small += pictures;
    }
    if (layout.used_size(source) != cv::Size(source.width, source.height)) {
      result.cropped += pictures;
    }
  }
  if (result.small > 0) {
    result.warnings.push_back(
        fmt::format("{} of {} pictures are smaller than {} x {} and stay whole", result.small,
                    result.pictures, recipe.crop, recipe.crop));
  }
}

std::vector<Source> joined(const Plan& plan) {
  std::vector<Source> all = plan.sources;
  all.insert(all.end(), plan.gone.begin(), plan.gone.end());
  std::sort(all.begin(), all.end(),
            [](const Source& a, const Source& b) { return a.path < b.path; });
  return all;
}

/// What an earlier run left written down. With `overwrite` a file that cannot be understood counts
/// as none.
std::optional<Manifest> earlier_manifest(const PrepareSettings& settings) {
  try {
    return read_manifest(settings.output);
  } catch (const ConfigError&) {
    if (!settings.overwrite) {
      throw;
    }
    return std::nullopt;
  }
}

}  // namespace

PrepareResult prepare(const PrepareSettings& given, const PrepareHooks& hooks) {
  const PrepareSettings settings = checked(given);
  std::optional<Manifest> earlier = earlier_manifest(settings);
  const std::vector<Source> nothing;
  Survey seen = survey(settings.input, earlier ? earlier->sources : nothing, settings.threads,
                       hooks.looking, hooks.stop);
  PrepareResult result;
  const auto stopped = [&] { return result.stopped = hooks.stop && hooks.stop(); };
  if (stopped()) {
    return result;
  }
  if (seen.sources.empty()) {
    throw DataError(fmt::format("{}", fmt::join(seen.problems, "\n")));
  }
  make_folder(settings.output);
  const FolderLock lock(settings.output);
  earlier = earlier_manifest(settings);  // now that nobody else can write it
  const Plan plan = make_plan(settings, list_folder(settings.output), seen.sources, earlier);
  if (plan.sources.empty()) {
    append_lines(seen.problems, plan.problems);
    throw DataError(fmt::format("{}", fmt::join(seen.problems, "\n")));
  }
  if (stopped()) {  // the last moment at which an earlier set is still whole
    return result;
  }
  remove_files(settings.output, plan.remove);
  Manifest manifest{.recipe = settings.recipe, .complete = false, .sources = joined(plan)};
  // Before the first picture, so that whatever is found later is known by its name.
  write_manifest(settings.output, manifest);

  const Layout layout(settings.recipe);
  PictureWriter writer(settings, layout);
  Work work(settings, hooks, writer);
  work.run(plan.sources);

  result.folders = layout.folders();
  result.stopped = work.stopped();
  result.files = writer.counts();
  append_lines(result.warnings, seen.warnings);
  append_lines(result.warnings, plan.warnings);
  append_lines(result.problems, seen.problems);
  append_lines(result.problems, plan.problems);
  const std::size_t sound = result.problems.size();
  append_lines(result.problems, work.take_problems());
  describe(plan.sources, layout, settings.recipe, result);
  manifest.complete = !result.stopped && result.problems.size() == sound;
  if (manifest.complete) {
    write_manifest(settings.output, manifest);
  }
  return result;
}

}  // namespace sr
