#include "image/video.h"

#include <fmt/format.h>

#include <cstdlib>
#include <new>
#include <opencv2/core.hpp>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "core/error.h"
#include "image/video_container.h"
#include "image/video_decoder.h"

namespace sr {
namespace {

namespace fs = std::filesystem;

/// OpenCV writes what it thinks of a damaged file to stderr, without its name. Done before main(),
/// as the environment must not change once there are threads. A user's own setting wins.
[[maybe_unused]] const bool kLibraryIsQuiet = [] {
  if (std::getenv("OPENCV_LOG_LEVEL") == nullptr) {
    cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
  }
  return true;
}();

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

/// A video read to its end.
struct Reading {
  VideoInfo info;
  std::int64_t damaged = 0;        ///< frames
  std::int64_t first_damaged = 0;  ///< its number, when there is one
};

Reading read_frames(VideoDecoder& decoder, int rotation) {
  Reading reading;
  VideoInfo& info = reading.info;
  while (decoder.next()) {
    // Converted too, so that whatever cannot be is found now.
    const cv::Size size = displayed(decoder.bgr().size(), rotation);
    info.width = size.width;
    info.height = size.height;
    if (decoder.is_damaged() && reading.damaged++ == 0) {
      reading.first_damaged = info.frames;
    }
    ++info.frames;
  }
  return reading;
}

/// Why the frames of a file cannot be walked through from the first to the last; empty when they
/// can.
std::string break_in(const fs::path& file) {
  try {
    FileSource source(file);
    check_chain(source);
    return "";
  } catch (const DataError& error) {
    return error.what();
  }
}

/// A decoder goes on, or ends, where the file is broken, with a frame in front of it that is made
/// of half of its data. What a user should know of it, empty when it is whole. `claimed` 0: nobody
/// knows how many frames there should be.
std::string check_break(const fs::path& file, std::int64_t claimed, std::int64_t frames) {
  const std::string reason = break_in(file);
  if (!reason.empty() && (frames < claimed || claimed == 0)) {
    throw DataError(
        fmt::format("{}; {} frames can be read, the last of them may be damaged", reason, frames));
  }
  return reason.empty() ? "" : reason + "; its last frame may be damaged";
}

/// `listed`: frames in the index; 0: there is none.
void check_frames(const fs::path& file, std::int64_t listed, std::int64_t claimed,
                  Reading& reading) {
  VideoInfo& info = reading.info;
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
  info.warning = check_break(file, claimed, info.frames);
  const std::string damage =
      fmt::format("{} of {} frames are damaged, or made from one that is; the first is frame {}",
                  reading.damaged, info.frames, reading.first_damaged);
  if (static_cast<double>(info.frames - reading.damaged) <
      kEnough * static_cast<double>(info.frames)) {
    throw DataError(fmt::format("{}: {}", file.string(), damage));
  }
  const auto warn = [&](const std::string& reason) {
    info.warning += (info.warning.empty() ? file.string() + ": " : "; ") + reason;
  };
  if (reading.damaged > 0) {
    warn(damage);
  } else if (claimed > 0 && claimed != info.frames) {
    warn(fmt::format("claims to hold {} frames, {} can be read", claimed, info.frames));
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
    VideoDecoder decoder(file, kThreads);
    Reading reading = read_frames(decoder, container.rotation);
    check_frames(file, container.frames, decoder.claimed_frames(), reading);
    return reading.info;
  });
}

struct VideoReader::Impl {
  fs::path file;
  int threads = 1;
  int rotation = 0;
  std::unique_ptr<VideoDecoder> decoder;
  std::int64_t position = 0;

  void open() {
    close();
    decoder = std::make_unique<VideoDecoder>(file, threads);
  }

  void close() {
    decoder.reset();
    position = 0;
  }

  cv::Mat read(std::int64_t n) {
    if (n < position || !decoder) {
      open();
    }
    for (; position <= n; ++position) {
      if (!decoder->next()) {
        fail(n, fmt::format("the file ends after {} frames", position));
      }
    }
    return upright_rgb(decoder->bgr(), rotation);
  }

  [[noreturn]] void fail(std::int64_t n, const std::string& reason) {
    close();
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
