#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include <opencv2/core/mat.hpp>

namespace sr {

/// Decodes the first video stream of a file by FFmpeg, frame after frame, all of one size. What the
/// container claims of the size is held against the decoder's own frames before a pixel is read:
/// memory beyond a frame is never taken for pixels. Throws DataError "<file>: <reason>", and
/// std::bad_alloc.
class VideoDecoder {
 public:
  /// Opens the file with this many decoding threads. Only the demultiplexer that its first bytes
  /// ask for is used, and no other file or address that it may name.
  VideoDecoder(const std::filesystem::path& file, int threads);
  ~VideoDecoder();
  VideoDecoder(const VideoDecoder&) = delete;
  VideoDecoder& operator=(const VideoDecoder&) = delete;

  /// Goes to the next frame; false at the end. What cannot be decoded in between is passed over, as
  /// players do.
  bool next();
  /// Whether the decoder had to guess at parts of the frame gone to, or of one that it may be made
  /// from: that, or a lost frame, reaches up to the next frame that is coded by itself.
  bool is_damaged() const;
  /// The frame gone to, 8-bit BGR, valid until the next call.
  cv::Mat bgr();
  /// Frames as the file claims or as follows from its duration; 0: unknown.
  std::int64_t claimed_frames() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sr
