#pragma once

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/videoio.hpp>

#include "core/error.h"
#include "image/video.h"

namespace sr::test {

/// Frame n of the videos made here, BGR: its brightness rises with n and a red block moves along.
inline cv::Mat video_frame(int n, cv::Size size) {
  cv::Mat frame(size, CV_8UC3, cv::Scalar(40 + n * 4 % 160, 200 - n * 3 % 160, 30 + n * 2 % 160));
  frame(cv::Rect(n % (size.width / 2), size.height / 8, size.width / 4, size.height / 4))
      .setTo(cv::Scalar(0, 0, 255));
  return frame;
}

/// Writes frames first ... first + frames - 1; the codec fits the extension: mp4v, or MJPG in avi.
inline void write_video(const std::filesystem::path& file, int frames,
                        cv::Size size = cv::Size(64, 48), int first = 0) {
  std::filesystem::create_directories(file.parent_path());
  const bool avi = file.extension() == ".avi";
  const int codec = avi ? cv::VideoWriter::fourcc('M', 'J', 'P', 'G')
                        : cv::VideoWriter::fourcc('m', 'p', '4', 'v');
  cv::VideoWriter writer(file.string(), cv::CAP_FFMPEG, codec, 25.0, size);
  if (!writer.isOpened()) {
    throw std::runtime_error("cannot write " + file.string());
  }
  for (int n = first; n < first + frames; ++n) {
    writer.write(video_frame(n, size));
  }
}

/// A clip of this codec; false where the library cannot write one. `grain`: noise, so that frames
/// are of some hundred bytes at least.
inline bool write_coded(const std::filesystem::path& file, const std::string& codec, int frames = 6,
                        bool grain = false) {
  const cv::Size size(64, 48);
  cv::VideoWriter writer(file.string(), cv::CAP_FFMPEG,
                         cv::VideoWriter::fourcc(codec[0], codec[1], codec[2], codec[3]), 25.0,
                         size);
  cv::RNG noise(3);
  for (int n = 0; writer.isOpened() && n < frames; ++n) {
    cv::Mat frame = video_frame(n, size);
    if (grain) {
      noise.fill(frame, cv::RNG::UNIFORM, 0, 256);
    }
    writer.write(frame);
  }
  return writer.isOpened();
}

/// Why a video cannot be used; empty when it can.
inline std::string video_refusal(const std::filesystem::path& file) {
  try {
    probe_video(file);
    return "";
  } catch (const DataError& error) {
    return error.what();
  }
}

/// What OpenCV's own loop over a file gives, RGB.
inline std::vector<cv::Mat> decode_in_sequence(const std::filesystem::path& file) {
  cv::VideoCapture capture(file.string(), cv::CAP_FFMPEG);
  std::vector<cv::Mat> frames;
  cv::Mat bgr;
  while (capture.read(bgr)) {
    cv::Mat rgb;
    cv::cvtColor(bgr, rgb, cv::COLOR_BGR2RGB);
    frames.push_back(std::move(rgb));
  }
  return frames;
}

/// Copies the first `bytes` bytes of a text or binary.
inline void write_bytes(const std::filesystem::path& file, const std::string& bytes) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << bytes;
}

}  // namespace sr::test
