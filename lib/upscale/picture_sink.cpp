#include "upscale/picture_sink.h"

#include <utility>

#include "core/atomic_file.h"
#include "upscale/compare.h"

namespace sr {
namespace {

constexpr double kUsualRate = 25;  ///< of a video that tells none

}  // namespace

PictureSink::PictureSink(const UpscaleSettings& settings, const UpscalePlan& plan,
                         Problems& problems)
    : settings_(settings), plan_(plan), problems_(problems) {}

void PictureSink::put(PictureItem item) {
  const UpscaleJob& job = plan_.jobs[item.job];
  const bool done = problems_.attempt(name_of(job, item), [&] {
    if (item.kind == PictureItem::Kind::kPicture) {
      use(item);
    } else {
      end_video(item);
    }
  });
  if (!done && job.makes_video_file()) {  // it would lack a frame
    end_video({.job = item.job, .kind = PictureItem::Kind::kBrokenVideo});
  }
}

void PictureSink::use(PictureItem& item) {
  const UpscaleJob& job = plan_.jobs[item.job];
  if (!item.gt.empty()) {
    score(job, item);
  }
  if (!job.output.empty()) {
    write(item);
  }
}

void PictureSink::write(const PictureItem& item) {
  const UpscaleJob& job = plan_.jobs[item.job];
  if (job.makes_video_file()) {
    write_frame(job, item);
    return;
  }
  const std::filesystem::path file =
      job.frames ? frame_file(job.output, item.frame, job.format) : job.output;
  std::error_code ignored;
  if (!settings_.overwrite && std::filesystem::exists(file, ignored)) {
    ++kept_;
    return;
  }
  if (file.has_parent_path()) {
    make_folder(file.parent_path());
  }
  write_picture(file, item.picture, job.format, settings_.quality);
  ++written_;
}

void PictureSink::write_frame(const UpscaleJob& job, const PictureItem& item) {
  if (broken_.contains(item.job)) {
    return;
  }
  std::unique_ptr<VideoWriter>& video = videos_[item.job];
  if (!video) {
    if (job.output.has_parent_path()) {
      make_folder(job.output.parent_path());
    }
    const double rate = item.frames_per_second > 0 ? item.frames_per_second : kUsualRate;
    video = std::make_unique<VideoWriter>(job.output,
                                          VideoWriter::Format{item.picture.color.size(), rate});
  }
  video->write(item.picture.color);
}

void PictureSink::end_video(const PictureItem& item) {
  if (!plan_.jobs[item.job].makes_video_file()) {
    return;  // frames of a folder stand alone, and several threads tell of them
  }
  if (item.kind == PictureItem::Kind::kBrokenVideo) {
    broken_.insert(item.job);
  }
  const auto video = videos_.find(item.job);
  if (video == videos_.end()) {
    return;
  }
  if (item.kind == PictureItem::Kind::kEndOfVideo) {
    video->second->commit();
    ++written_;
  }
  videos_.erase(video);
}

void PictureSink::score(const UpscaleJob& job, PictureItem& item) {
  compare(*settings_.compare, /*by_networks=*/false, job.input.string(), item, problems_);
  const std::lock_guard lock(mutex_);
  scores_.emplace(item.job, PictureScore{job.stem, item.scores});
}

std::vector<PictureScore> PictureSink::scores() const {
  const std::lock_guard lock(mutex_);
  std::vector<PictureScore> list;
  for (const auto& [job, score] : scores_) {
    list.push_back(score);
  }
  return list;
}

}  // namespace sr
