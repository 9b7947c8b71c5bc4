#pragma once

#include <filesystem>
#include <memory>

#include <opencv2/core/mat.hpp>

namespace sr {

/// True for names that end like a container that VideoWriter makes: mp4, m4v, mov, mkv, avi.
bool is_writable_video(const std::filesystem::path& file);

/// The file's average rate, frames per second; 0 when it tells none or cannot be opened.
double frames_per_second_of(const std::filesystem::path& video);

/// Writes frames as a video through OpenCV's FFmpeg back end, without sound: H.264 where the
/// library has an encoder, else MPEG-4 part 2, 8-bit 4:2:0. The file appears whole under its name
/// with commit(), or not at all.
class VideoWriter {
 public:
  struct Format {
    cv::Size size;  ///< pixels; odd sides lose their last row or column, which 4:2:0 cannot hold
    double frames_per_second = 0;
  };

  /// Throws StorageError when the file cannot be made, DataError when nothing encodes that size.
  VideoWriter(const std::filesystem::path& file, const Format& format);
  /// Without commit() nothing is left.
  ~VideoWriter();
  VideoWriter(const VideoWriter&) = delete;
  VideoWriter& operator=(const VideoWriter&) = delete;

  /// The next frame: 8-bit RGB of the size given.
  void write(const cv::Mat& rgb);
  /// Throws StorageError when what was written is not a whole video: the disk is full.
  void commit();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sr
