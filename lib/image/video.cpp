#include "image/video.h"

#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <new>
#include <opencv2/core.hpp>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/core/version.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/videoio.hpp>
#include <utility>
#include <vector>

#include "core/error.h"
#include "image/video_container.h"

namespace sr {
namespace {

namespace fs = std::filesystem;

/// FFmpeg and OpenCV write what they think of a damaged file to stderr, without its name. Done
/// before main(), as the environment must not change once there are threads. A user's own settings
/// win.
[[maybe_unused]] const bool kLibrariesAreQuiet = [] {
  constexpr int kKeepOthers = 0;
  ::setenv("OPENCV_FFMPEG_LOGLEVEL", "-8", kKeepOthers);  // AV_LOG_QUIET
  if (std::getenv("OPENCV_LOG_LEVEL") == nullptr) {
    cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
  }
  return true;
}();

/// A frame as a sequential decode gives them. The decoder gives up for once after 512 packets
/// without a picture, such as eleven seconds of sound under a still screen: only repeated failure
/// is the end.
bool grab_next(cv::VideoCapture& capture) {
  constexpr int kAttempts = 64;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (capture.grab()) {
      return true;
    }
  }
  return false;
}

void open_capture(cv::VideoCapture& capture, const fs::path& file, [[maybe_unused]] int threads) {
#if CV_VERSION_MAJOR > 4 || (CV_VERSION_MAJOR == 4 && CV_VERSION_MINOR >= 7)
  const std::vector<int> options{cv::CAP_PROP_N_THREADS, threads};
#else
  const std::vector<int> options;
#endif
  // An absolute path cannot be taken for a URL.
  if (!capture.open(fs::absolute(file).string(), cv::CAP_FFMPEG, options)) {
    throw DataError(file.string() + ": holds no video stream that can be decoded");
  }
  // OpenCV 4.6 turns the wrong way by a quarter (its issue 22088).
  capture.set(cv::CAP_PROP_ORIENTATION_AUTO, 0);
}

VideoContainer inspect(const fs::path& file) {
  FileSource source(file);
  return read_container(source);
}

/// Gives what the library throws the name of the file.
template <typename Call>
auto named(const fs::path& file, Call call) {
  try {
    return call();
  } catch (const cv::Exception& error) {
    throw DataError(fmt::format("{}: cannot be decoded: {}", file.string(), error.err));
  } catch (const std::bad_alloc&) {
    throw DataError(fmt::format("{}: not enough memory to decode it", file.string()));
  }
}

cv::Size displayed(cv::Size decoded, int rotation) {
  return rotation % 180 == 0 ? decoded : cv::Size(decoded.height, decoded.width);
}

cv::Mat upright_rgb(const cv::Mat& bgr, int rotation) {
  cv::Mat rgb;
  cv::cvtColor(bgr, rgb, cv::COLOR_BGR2RGB);
  if (rotation == 0) {
    return rgb;
  }
  cv::Mat turned;
  cv::rotate(rgb, turned,
             rotation == 90    ? cv::ROTATE_90_CLOCKWISE
             : rotation == 180 ? cv::ROTATE_180
                               : cv::ROTATE_90_COUNTERCLOCKWISE);
  return turned;
}

/// Reads all frames; the size comes from the first and holds for each.
VideoInfo count_frames(const fs::path& file, cv::VideoCapture& capture, int rotation) {
  VideoInfo info;
  cv::Size size;
  cv::Mat frame;
  while (grab_next(capture)) {
    if (!capture.retrieve(frame) || frame.empty()) {
      throw DataError(fmt::format("{}: frame {}: cannot be decoded", file.string(), info.frames));
    }
    if (info.frames == 0) {
      size = frame.size();
    } else if (frame.size() != size) {
      throw DataError(fmt::format("{}: frame {} is {}x{}, the frames before are {}x{}",
                                  file.string(), info.frames, frame.cols, frame.rows, size.width,
                                  size.height));
    }
    ++info.frames;
  }
  size = displayed(size, rotation);
  info.width = size.width;
  info.height = size.height;
  return info;
}

void check_number_of_frames(const fs::path& file, std::int64_t listed, double claimed,
                            VideoInfo& info) {
  if (info.frames == 0) {
    throw DataError(file.string() + ": not a single frame can be decoded");
  }
  // A few frames are lost at cuts and at the end of many good files.
  constexpr double kEnough = 0.9;
  if (static_cast<double>(info.frames) < kEnough * static_cast<double>(listed) - 1.0) {
    throw DataError(
        fmt::format("{}: damaged or cut off: only {} of the {} frames in its index can be decoded",
                    file.string(), info.frames, listed));
  }
  if (claimed > 0 && static_cast<std::int64_t>(claimed) != info.frames) {
    info.warning = fmt::format("{}: claims to hold {} frames, {} can be read", file.string(),
                               static_cast<std::int64_t>(claimed), info.frames);
  }
}

}  // namespace

bool looks_like_video(const fs::path& file) {
  FileSource source(file);
  return !sniff_container(source).empty();
}

VideoInfo probe_video(const fs::path& file) {
  const VideoContainer container = inspect(file);
  return named(file, [&] {
    constexpr int kThreads = 1;
    cv::VideoCapture capture;
    open_capture(capture, file, kThreads);
    const double claimed = capture.get(cv::CAP_PROP_FRAME_COUNT);
    VideoInfo info = count_frames(file, capture, container.rotation);
    check_number_of_frames(file, container.frames, claimed, info);
    return info;
  });
}

struct VideoReader::Impl {
  fs::path file;
  int threads = 1;
  int rotation = 0;
  cv::VideoCapture capture;
  std::int64_t position = 0;

  void open() {
    capture.release();
    position = 0;
    open_capture(capture, file, threads);
  }

  cv::Mat read(std::int64_t n) {
    if (n < position || !capture.isOpened()) {
      open();
    }
    for (; position <= n; ++position) {
      if (!grab_next(capture)) {
        fail(n, fmt::format("the file ends after {} frames", position));
      }
    }
    cv::Mat bgr;
    if (!capture.retrieve(bgr) || bgr.empty()) {
      fail(n, "cannot be decoded");
    }
    return upright_rgb(bgr, rotation);
  }

  [[noreturn]] void fail(std::int64_t n, const std::string& reason) {
    capture.release();
    position = 0;
    throw DataError(fmt::format("{}: frame {}: {}", file.string(), n, reason));
  }
};

VideoReader::VideoReader(fs::path file, int threads) : impl_(std::make_unique<Impl>()) {
  impl_->file = std::move(file);
  impl_->threads = threads;
  impl_->rotation = inspect(impl_->file).rotation;
  named(impl_->file, [&] { impl_->open(); });
}

VideoReader::~VideoReader() = default;

cv::Mat VideoReader::read(std::int64_t n) {
  if (n < 0) {
    impl_->fail(n, "frames are counted from 0");
  }
  return named(impl_->file, [&] { return impl_->read(n); });
}

std::int64_t VideoReader::position() const {
  return impl_->position;
}

}  // namespace sr
