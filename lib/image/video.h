#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include <opencv2/core/mat.hpp>

// Frames of video files by FFmpeg, as 8-bit RGB and with the values that OpenCV 4.6 gives: deeper
// samples are reduced to 8 bits, alpha is dropped, and the BT.601 matrix of limited range is used
// whatever the file says. Pixels are taken as stored: an aspect
// ratio of samples is not applied, a quarter turn in mp4 and mov is.

namespace sr {

/// What a video file holds, found by reading it from one end to the other.
struct VideoInfo {
  int width = 0;   ///< pixels, as displayed (rotation applied)
  int height = 0;  ///< pixels
  std::int64_t frames =
      0;  ///< that can be read one after the other; what the file claims may differ
  /// What a user should know though the file can be used, such as a claimed number of frames that
  /// is not the one that can be read; empty when there is nothing.
  std::string warning;
};

/// True when the file's first bytes are those of a supported container (mp4, m4v, mov, mkv, webm,
/// avi); extensions do not matter. Throws DataError when the file cannot be read.
bool looks_like_video(const std::filesystem::path& file);

/// Reads a whole video and counts its frames: seconds for a long one. Throws DataError
/// "<file>: <reason>" for a file that cannot be used: empty, no video, unknown codec, cut off (the
/// container says how long it should be), broken off inside, not a single frame, more than a tenth
/// of them lost or damaged, frames of different sizes, or of another size than the container
/// claims.
VideoInfo probe_video(const std::filesystem::path& file);

/// Reads frames of one file. Frame n is the one that a sequential decode from the beginning gives
/// as its n-th (from 0): seeking is inexact in the library and never used. One caller at a time.
class VideoReader {
 public:
  /// Opens the file with this many decoding threads. Throws DataError "<file>: <reason>", also for
  /// a file that is cut off.
  explicit VideoReader(std::filesystem::path file, int threads = 1);
  ~VideoReader();
  VideoReader(const VideoReader&) = delete;
  VideoReader& operator=(const VideoReader&) = delete;

  /// Frame n, RGB, 8 bits, with memory of its own. Going forward costs the frames in between (they
  /// are decoded, not converted); going back begins again at the start. Throws DataError
  /// "<file>: frame <n>: <reason>" when the file ends before.
  cv::Mat read(std::int64_t n);
  /// Number of the frame that can be read without going back or skipping.
  std::int64_t position() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sr
