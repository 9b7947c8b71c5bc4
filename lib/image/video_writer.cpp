#include "image/video_writer.h"

#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/videoio.hpp>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/lower_case.h"
#include "core/path_status.h"
#include "image/video_container.h"

namespace sr {

namespace fs = std::filesystem;

bool is_writable_video(const fs::path& file) {
  constexpr std::array<std::string_view, 5> kContainers{".mp4", ".m4v", ".mov", ".mkv", ".avi"};
  return std::ranges::find(kContainers, lower_extension(file)) != kContainers.end();
}

double frames_per_second_of(const fs::path& video) {
  constexpr double kMost = 1000;  // above it is a time base, not a rate
  const cv::VideoCapture capture(absolute_path(video).string(), cv::CAP_FFMPEG);
  const double rate = capture.get(cv::CAP_PROP_FPS);
  return rate > 0 && rate <= kMost ? rate : 0;
}

struct VideoWriter::Impl {
  AtomicFile file;  ///< the encoder chooses the container by its ending
  cv::Size size;
  cv::VideoWriter writer{};
  std::int64_t frames = 0;
};

VideoWriter::VideoWriter(const fs::path& file, const Format& format)
    : impl_(new Impl{.file = AtomicFile(file, lower_extension(file)),
                     .size = {format.size.width & ~1, format.size.height & ~1}}) {
  const std::string name = absolute_path(impl_->file.temporary()).string();
  for (const int code :
       {cv::VideoWriter::fourcc('a', 'v', 'c', '1'), cv::VideoWriter::fourcc('m', 'p', '4', 'v')}) {
    if (!impl_->size.empty() &&
        impl_->writer.open(name, cv::CAP_FFMPEG, code, format.frames_per_second, impl_->size)) {
      return;
    }
  }
  throw DataError(
      fmt::format("{}: there is no encoder for {} x {} pixels; give a folder to get frames",
                  impl_->file.target().string(), format.size.width, format.size.height));
}

VideoWriter::~VideoWriter() = default;

void VideoWriter::write(const cv::Mat& rgb) {
  cv::Mat bgr;
  cv::cvtColor(rgb(cv::Rect(cv::Point(0, 0), impl_->size)), bgr, cv::COLOR_RGB2BGR);
  impl_->writer.write(bgr);
  ++impl_->frames;
}

void VideoWriter::commit() {
  impl_->writer.release();
  // The encoder tells of no failure: what it leaves is looked at.
  try {
    FileSource source(impl_->file.temporary());
    const VideoContainer container = read_container(source);
    if (container.frames != 0 && container.frames != impl_->frames) {
      source.fail(fmt::format("holds {} of {} frames", container.frames, impl_->frames));
    }
  } catch (const DataError& error) {
    throw StorageError(
        fmt::format("cannot write {}: the video is not whole, as when the disk is "
                    "full ({})",
                    impl_->file.target().string(), error.what()));
  }
  impl_->file.commit();
}

}  // namespace sr
