#include <string>
#include <utility>
#include <vector>

#include <opencv2/videoio.hpp>

#include "image/video.h"
#include "support/catch.h"
#include "support/temp_folder.h"
#include "support/video.h"

namespace sr {
namespace {

using test::read_text;
using test::TempFolder;
using test::write_bytes;
using test::write_video;

constexpr int kFrames = 40;

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// What is said of a video that is not refused.
std::string probe_warning(const std::filesystem::path& file) {
  return test::video_refusal(file).empty() ? probe_video(file).warning : "";
}

}  // namespace

TEST_CASE("a video with zeros in place of frames is refused, one of few such is told",
          "[image][video]") {
  const TempFolder folder;
  write_video(folder / "a.mp4", kFrames);
  CHECK(probe_video(folder / "a.mp4").warning.empty());
  const std::string whole = read_text(folder / "a.mp4");
  const std::size_t first = whole.find("mdat") + 4;
  const std::size_t last = whole.find("moov") - 8;
  REQUIRE(last - first > 2000);
  const auto with_zeros = [&](std::size_t at, std::size_t count) {
    write_bytes(folder / "b.mp4", std::string(whole).replace(at, count, count, '\0'));
  };
  // As a download that was never finished leaves them: the length is right.
  with_zeros(first + (last - first) / 10, 20);
  const std::string name = (folder / "b.mp4").string();
  CHECK_THAT(test::video_refusal(folder / "b.mp4"),
             Catch::Matches(name + ": [0-9]+ of [0-9]+ frames are damaged, or made from one that "
                                   "is; the first is frame [0-9]+"));
  with_zeros(last - 40, 30);
  CHECK_THAT(probe_video(folder / "b.mp4").warning,
             Catch::StartsWith(name + ": 1 of 40 frames are damaged"));
}

TEST_CASE("a video whose end is zeros is refused, whatever its codec", "[image][video]") {
  const TempFolder folder;
  const std::vector<std::pair<std::string, std::string>> kinds = {
      {"a.avi", "MJPG"}, {"b.avi", "FFV1"}, {"c.avi", "I420"}, {"d.mkv", "MJPG"},
      {"e.mkv", "FFV1"}, {"f.mkv", "VP80"}, {"g.mkv", "VP90"}};
  for (const auto& [name, codec] : kinds) {
    if (!test::write_coded(folder / name, codec, 12, true)) {
      continue;  // VP8 and VP9 are not in every build
    }
    CHECK(probe_video(folder / name).warning.empty());
    const std::string whole = read_text(folder / name);
    const bool avi = name.ends_with(".avi");
    const std::size_t first = whole.find(avi ? "movi" : "\x1f\x43\xb6\x75");
    const std::size_t last = avi ? whole.rfind("idx1") : whole.rfind("\x1c\x53\xbb\x6b");
    REQUIRE(first < last);
    REQUIRE(last != std::string::npos);
    for (const double share : {0.3, 0.4, 0.5, 0.6, 0.7, 0.8}) {
      INFO(name << ' ' << codec << ' ' << share);
      const auto begin =
          first + static_cast<std::size_t>(share * static_cast<double>(last - first));
      const auto with_zeros = [&](std::size_t count) {
        write_bytes(folder / "zeros", std::string(whole).replace(begin, count, count, '\0'));
        return test::video_refusal(folder / "zeros");
      };
      CHECK(contains(with_zeros(whole.size() - begin), (folder / "zeros").string() + ": "));
      // A hole that takes the beginning of a frame or two with it.
      CHECK(contains(with_zeros((last - first) / 8), (folder / "zeros").string() + ": "));
    }
    // All frames are there, but what follows is not.
    write_bytes(folder / "zeros",
                whole.substr(0, last - 20) + std::string(whole.size() - last + 20, '\0'));
    CHECK(contains(test::video_refusal(folder / "zeros") + probe_warning(folder / "zeros"),
                   "damaged"));
  }
}

TEST_CASE("a break is told beside what else is wrong", "[image][video]") {
  const TempFolder folder;
  REQUIRE(test::write_coded(folder / "a.avi", "FFV1", 12, true));
  std::string bytes = read_text(folder / "a.avi");
  const std::size_t index = bytes.rfind("idx1");
  bytes.replace(index, bytes.size() - index, bytes.size() - index, '\0');
  const std::size_t length = bytes.find("strh") + 8 + 32;
  REQUIRE(bytes[length] == 12);
  bytes[length] = 11;
  write_bytes(folder / "a.avi", bytes);
  CHECK_THAT(
      probe_warning(folder / "a.avi"),
      Catch::StartsWith((folder / "a.avi").string() + ": damaged: no chunk where one must") &&
          Catch::EndsWith("; its last frame may be damaged; claims to hold 11 frames, 12 can "
                          "be read"));
}

TEST_CASE("a hole within one frame is told, whatever its codec", "[image][video]") {
  const TempFolder folder;
  for (const std::string codec : {"MJPG", "FFV1", "VP80", "VP90"}) {
    if (!test::write_coded(folder / "a.mkv", codec, 24, true)) {
      continue;
    }
    INFO(codec);
    const std::string whole = read_text(folder / "a.mkv");
    // The second half of the last frame but for its end, in front of the index.
    const std::size_t end = whole.rfind("\x1c\x53\xbb\x6b") - 100;
    write_bytes(folder / "b.mkv", std::string(whole).replace(end - 200, 200, 200, '\0'));
    CHECK(test::video_refusal(folder / "b.mkv").empty());
    CHECK_THAT(probe_warning(folder / "b.mkv"),
               Catch::Contains("1 of 24 frames are damaged, or made from one that is; the first is "
                               "frame 23") ||
                   Catch::Contains("23 can be read"));  // where the decoder refuses it
  }
}

TEST_CASE("an even picture's zeros are no hole", "[image][video]") {
  const TempFolder folder;
  for (const std::string codec : {"MJPG", "FFV1", "VP80", "VP90"}) {
    const cv::Size size(1920, 1080);
    cv::VideoWriter writer((folder / "a.mkv").string(), cv::CAP_FFMPEG,
                           cv::VideoWriter::fourcc(codec[0], codec[1], codec[2], codec[3]), 25.0,
                           size);
    for (int n = 0; writer.isOpened() && n < 3; ++n) {
      writer.write(cv::Mat(size, CV_8UC3, cv::Scalar::all(n < 2 ? 0 : 128)));
    }
    if (writer.isOpened()) {
      writer.release();
      INFO(codec);
      CHECK(probe_video(folder / "a.mkv").warning.empty());
    }
  }
}

}  // namespace sr
