#include "image/video_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/videoio.hpp>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/file_name.h"
#include "core/lower_case.h"
#include "core/path_status.h"
#include "image/video_container.h"

namespace sr {
namespace {

namespace fs = std::filesystem;

/// In the target's folder; the encoder chooses the container by the extension, which therefore
/// stays last.
fs::path temporary_of(const fs::path& file) {
  const std::string end = ".sr-tmp" + lower_extension(file);
  const std::size_t room = kLongestName - std::string_view(".").size() - end.size();
  return file.parent_path() / fmt::format(".{}{}", short_name(file.stem().string(), room), end);
}

void sync_file(const fs::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = descriptor >= 0 && ::fsync(descriptor) == 0;
  const int error = errno;
  if (descriptor >= 0) {
    ::close(descriptor);
  }
  if (!synced) {
    throw StorageError(errno_message("cannot sync", file.string(), error));
  }
}

}  // namespace

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
  fs::path file, temporary;
  cv::Size size;
  cv::VideoWriter writer;
  std::int64_t frames = 0;
};

VideoWriter::VideoWriter(fs::path file, const Format& format) : impl_(std::make_unique<Impl>()) {
  impl_->temporary = temporary_of(file);
  impl_->file = std::move(file);
  impl_->size = {format.size.width & ~1, format.size.height & ~1};
  make_empty_file(impl_->temporary);  // the encoder would write through a link of that name
  const std::string name = absolute_path(impl_->temporary).string();
  for (const int code :
       {cv::VideoWriter::fourcc('a', 'v', 'c', '1'), cv::VideoWriter::fourcc('m', 'p', '4', 'v')}) {
    if (!impl_->size.empty() &&
        impl_->writer.open(name, cv::CAP_FFMPEG, code, format.frames_per_second, impl_->size)) {
      return;
    }
  }
  std::error_code ignored;
  fs::remove(impl_->temporary, ignored);
  throw StorageError(
      fmt::format("{}: cannot be made: no encoder for {} x {} pixels, or the folder "
                  "cannot be written; give a folder to get frames",
                  impl_->file.string(), format.size.width, format.size.height));
}

VideoWriter::~VideoWriter() {
  impl_->writer.release();
  std::error_code ignored;
  fs::remove(impl_->temporary, ignored);  // after commit() there is none
}

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
    FileSource source(impl_->temporary);
    const VideoContainer container = read_container(source);
    if (container.frames != 0 && container.frames != impl_->frames) {
      source.fail(fmt::format("holds {} of {} frames", container.frames, impl_->frames));
    }
  } catch (const DataError& error) {
    throw StorageError(
        fmt::format("cannot write {}: the video is not whole, as when the disk is "
                    "full ({})",
                    impl_->file.string(), error.what()));
  }
  sync_file(impl_->temporary);
  std::error_code error;
  fs::rename(impl_->temporary, impl_->file, error);
  if (error) {
    throw StorageError(fmt::format("cannot write {}: {}", impl_->file.string(), error.message()));
  }
}

}  // namespace sr
