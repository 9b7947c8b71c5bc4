#include "upscale/picture_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include <opencv2/core.hpp>

#include "core/error.h"
#include "core/path_status.h"
#include "data/file_list.h"
#include "data/pair_image.h"
#include "image/image.h"
#include "image/video.h"
#include "image/video_writer.h"
#include "upscale/clip_window.h"

namespace sr {

namespace fs = std::filesystem;

std::string name_of(const UpscaleJob& job, const PictureItem& item) {
  const std::string file = job.input.string();
  return item.frame < 0 ? file : fmt::format("{}: frame {}", file, item.frame);
}

PictureSource::PictureSource(const UpscaleSettings& settings, const UpscalePlan& plan,
                             const Resolver& resolver, Problems& problems)
    : settings_(settings),
      plan_(plan),
      scale_(resolver.scale),
      frames_(resolver.frames),
      problems_(problems) {
  total_ = plan.jobs.size();
  const bool has_gt =
      std::ranges::all_of(plan.jobs, [](const UpscaleJob& job) { return job.pair.has_value(); });
  if (settings.compare && !has_gt) {
    find_gt();
  }
}

void PictureSource::run(const std::function<bool(PictureItem)>& use) {
  use_ = use;
  for (std::size_t i = 0; i < plan_.jobs.size() && more_; ++i) {
    const UpscaleJob& job = plan_.jobs[i];
    const bool done = problems_.attempt(
        job.input.string(), [&] { job.video ? decode_video_job(i) : decode_picture_job(i); });
    passed_ += done ? 0 : 1;
  }
}

bool PictureSource::is_kept(const fs::path& file) {
  if (settings_.overwrite || file.empty() || !is_surely_there(file)) {
    return false;
  }
  ++kept_;
  return true;
}

void PictureSource::decode_picture_job(std::size_t index) {
  const UpscaleJob& job = plan_.jobs[index];
  if (frames_ > 1) {
    throw DataError(fmt::format("{}: the network takes clips of {} frames: give it a video",
                                job.input.string(), frames_));
  }
  if (!settings_.compare && is_kept(job.output)) {
    ++passed_;
    return;
  }
  PictureItem item{.job = index};
  if (job.pair) {
    const PairImage images =
        read_pair(*job.pair, scale_, [](const fs::path& file, std::int64_t, const WantedPart&) {
          return ImagePart(decode_image(file));
        });
    item.picture.color = images.lq.whole();
    item.gt = images.gt.whole();
  } else {
    item.picture = decode_picture(job.input);
    if (settings_.compare) {
      item.gt = gt_of(job);
    }
  }
  more_ = use_(std::move(item));
}

void PictureSource::decode_video_job(std::size_t index) {
  const UpscaleJob& job = plan_.jobs[index];
  if (settings_.compare) {
    throw DataError(job.input.string() + ": is a video, and --compare compares images");
  }
  if (!job.frames && is_kept(job.output)) {
    ++passed_;
    return;
  }
  const VideoInfo info = probe_video(job.input);
  total_ += static_cast<std::size_t>(info.frames) - 1;
  if (!info.warning.empty()) {
    problems_.note(info.warning);
  }
  const double rate = frames_per_second_of(job.input);
  std::int64_t frame = 0;
  ClipWindow window(frames_, [&](cv::Mat clip) {
    PictureItem item{.job = index, .frame = frame++, .frames_per_second = rate};
    if (job.frames && is_kept(frame_file(job.output, item.frame, job.format))) {
      ++passed_;
      return;
    }
    item.picture.color = std::move(clip);
    item.picture.format = "png";
    more_ = more_ && use_(std::move(item));
  });
  try {
    VideoReader reader(job.input);
    for (std::int64_t n = 0; n < info.frames && more_; ++n) {
      window.push(reader.read(n));
    }
    window.finish();
  } catch (...) {
    use_({.job = index, .kind = PictureItem::Kind::kBrokenVideo});
    throw;
  }
  more_ = more_ && use_({.job = index, .kind = PictureItem::Kind::kEndOfVideo});
}

void PictureSource::find_gt() {
  const fs::path& gt = settings_.compare->gt;
  if (!is_folder(gt)) {
    if (plan_.jobs.size() != 1 || is_folder(settings_.input)) {
      throw ConfigError(fmt::format("--compare: {} is no folder, but --input {} is one",
                                    gt.string(), settings_.input.string()));
    }
    gt_[plan_.jobs.front().stem] = gt;
    return;
  }
  FileList list = list_images(gt);
  for (const ImageFile& file : list.files) {
    gt_[file.stem] = file.path;
  }
  for (std::string& problem : list.problems) {
    problems_.add(std::move(problem));
  }
}

cv::Mat PictureSource::gt_of(const UpscaleJob& job) const {
  const auto found = gt_.find(job.stem);
  if (found == gt_.end()) {
    throw DataError(fmt::format("{}: {} has no image of this name", job.input.string(),
                                settings_.compare->gt.string()));
  }
  return decode_image(found->second);
}

}  // namespace sr
