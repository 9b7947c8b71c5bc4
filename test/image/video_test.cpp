#include "image/video.h"

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "core/error.h"
#include "support/captured_stderr.h"
#include "support/catch.h"
#include "support/pattern.h"
#include "support/shared_data.h"
#include "support/temp_folder.h"
#include "support/video.h"

namespace sr {
namespace {

using test::CapturedStderr;
using test::read_text;
using test::same;
using test::TempFolder;
using test::write_bytes;
using test::write_video;

constexpr int kFrames = 40;

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// Overwrites four bytes, big-endian.
void put_be32(std::string& bytes, std::size_t at, std::uint32_t value) {
  for (std::size_t i = 0; i < 4; ++i) {
    bytes[at + i] = static_cast<char>(value >> (24 - 8 * i) & 0xff);
  }
}

const std::vector<std::string> kNames = {"a.avi", "b.mp4", "c.mov", "d.mkv"};

}  // namespace

TEST_CASE("videos of every container are measured whatever their name", "[image][video]") {
  const TempFolder folder;
  for (const std::string& name : kNames) {
    INFO(name);
    write_video(folder / name, kFrames);
    const std::filesystem::path renamed = folder / (name + ".txt");
    std::filesystem::copy_file(folder / name, renamed);
    CHECK(looks_like_video(renamed));
    const VideoInfo info = probe_video(renamed);
    CHECK(info.width == 64);
    CHECK(info.height == 48);
    CHECK(info.frames == kFrames);
    CHECK(info.warning.empty());
  }
}

TEST_CASE("frame n is the n-th of a plain decode, in whatever order it is asked for",
          "[image][video]") {
  const TempFolder folder;
  for (const std::string& name : kNames) {
    INFO(name);
    write_video(folder / name, kFrames);
    const std::vector<cv::Mat> plain = test::decode_in_sequence(folder / name);
    REQUIRE(plain.size() == kFrames);
    std::vector<int> order;
    for (int n = 0; n < kFrames; ++n) {
      order.push_back(n);
    }
    order.insert(order.end(), {39, 0, 7, 7, 8, 30, 29, 38, 1});
    std::mt19937 generator(5);
    for (int i = 0; i < 30; ++i) {
      order.push_back(static_cast<int>(generator() % kFrames));
    }
    VideoReader reader(folder / name);
    for (const int n : order) {
      INFO(n);
      REQUIRE(same(reader.read(n), plain[static_cast<std::size_t>(n)]));
      REQUIRE(reader.position() == n + 1);
    }
  }
}

TEST_CASE("frames are RGB and own their memory", "[image][video]") {
  const TempFolder folder;
  write_video(folder / "a.avi", 3);
  VideoReader reader(folder / "a.avi");
  cv::Mat first = reader.read(0);
  const cv::Vec3b red = first.at<cv::Vec3b>(12, 8);
  CHECK(red[0] > 200);
  CHECK(red[2] < 60);
  const cv::Mat copy = first.clone();
  reader.read(1);
  CHECK(same(first, copy));
  first.setTo(0);
  CHECK(same(reader.read(0), copy));
}

TEST_CASE("a frame behind the end is an error that names file, frame and length",
          "[image][video]") {
  const TempFolder folder;
  write_video(folder / "a.mp4", 5);
  VideoReader reader(folder / "a.mp4");
  CHECK_THROWS_WITH(reader.read(5),
                    (folder / "a.mp4").string() + ": frame 5: the file ends after 5 frames");
  CHECK_THROWS_AS(reader.read(-1), DataError);
  CHECK(reader.read(4).rows == 48);
}

TEST_CASE("a turned mp4 is shown upright", "[image][video]") {
  const TempFolder folder;
  write_video(folder / "flat.mp4", 3);
  const cv::Mat flat = VideoReader(folder / "flat.mp4").read(1);
  std::string bytes = read_text(folder / "flat.mp4");
  const std::size_t header = bytes.find("tkhd");
  REQUIRE(header != std::string::npos);
  REQUIRE(bytes[header + 4] == 0);  // version
  const std::size_t matrix = header + 44;
  const auto turned = [&](std::int32_t a, std::int32_t b, std::int32_t c, std::int32_t d) {
    constexpr std::int32_t kOne = 0x10000;
    put_be32(bytes, matrix, static_cast<std::uint32_t>(a * kOne));
    put_be32(bytes, matrix + 4, static_cast<std::uint32_t>(b * kOne));
    put_be32(bytes, matrix + 12, static_cast<std::uint32_t>(c * kOne));
    put_be32(bytes, matrix + 16, static_cast<std::uint32_t>(d * kOne));
    write_bytes(folder / "turned.mp4", bytes);
    return VideoReader(folder / "turned.mp4").read(1);
  };
  const auto expected = [&](int how) {
    cv::Mat image;
    cv::rotate(flat, image, how);
    return image;
  };
  CHECK(same(turned(0, 1, -1, 0), expected(cv::ROTATE_90_CLOCKWISE)));
  const VideoInfo info = probe_video(folder / "turned.mp4");
  CHECK(info.width == 48);
  CHECK(info.height == 64);
  CHECK(same(turned(-1, 0, 0, -1), expected(cv::ROTATE_180)));
  CHECK(same(turned(0, -1, 1, 0), expected(cv::ROTATE_90_COUNTERCLOCKWISE)));
}

TEST_CASE("a video cut off anywhere is refused by name", "[image][video]") {
  const TempFolder folder;
  for (const std::string& name : kNames) {
    write_video(folder / name, kFrames);
    const std::string whole = read_text(folder / name);
    const std::filesystem::path cut = folder / ("cut_" + name);
    for (const double share : {0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99}) {
      const auto length = static_cast<std::size_t>(share * static_cast<double>(whole.size()));
      INFO(name << " " << length << " of " << whole.size());
      write_bytes(cut, whole.substr(0, length));
      CHECK(contains(test::video_refusal(cut), cut.string() + ": "));
      CHECK_THROWS_AS(VideoReader(cut), DataError);
    }
    write_bytes(cut, whole.substr(0, whole.size() - 1));
    CHECK(contains(test::video_refusal(cut), "truncated"));
  }
}

TEST_CASE("an mp4 whose frames are missing though its length is right is refused",
          "[image][video]") {
  const TempFolder folder;
  write_video(folder / "a.mp4", kFrames);
  std::string bytes = read_text(folder / "a.mp4");
  const std::size_t data = bytes.find("mdat");
  const std::size_t index = bytes.find("moov");
  REQUIRE(data < index);
  const std::size_t middle = (data + index) / 2;
  std::fill(bytes.begin() + static_cast<long>(middle), bytes.begin() + static_cast<long>(index - 4),
            '\0');
  write_bytes(folder / "a.mp4", bytes);
  CHECK(contains(test::video_refusal(folder / "a.mp4"), "of the 40 frames in its index"));
}

TEST_CASE("files that are no video are refused by name", "[image][video]") {
  const TempFolder folder;
  const std::filesystem::path file = folder / "clip.mp4";
  write_bytes(file, "");
  CHECK(test::video_refusal(file) == file.string() + ": the file is empty");
  CHECK_FALSE(looks_like_video(file));
  write_bytes(file, std::string(5000, 'x'));
  CHECK(contains(test::video_refusal(file), file.string() + ": not a video"));
  CHECK_THROWS_AS(looks_like_video(folder / "missing.mp4"), DataError);
  CHECK_THROWS_AS(VideoReader(folder / "missing.mp4"), DataError);
  CHECK_THROWS_AS(probe_video(folder.path()), DataError);
}

TEST_CASE("an unknown codec and a file without frames are refused by name", "[image][video]") {
  const TempFolder folder;
  write_video(folder / "a.mp4", 5);
  std::string bytes = read_text(folder / "a.mp4");
  for (std::size_t at = bytes.find("mp4v"); at != std::string::npos; at = bytes.find("mp4v")) {
    bytes.replace(at, 4, "zzzz");
  }
  // The descriptor that would still tell the codec.
  bytes.replace(bytes.find("esds"), 4, "zzzz");
  write_bytes(folder / "unknown.mp4", bytes);
  CHECK(
      contains(test::video_refusal(folder / "unknown.mp4"), "no video stream that can be decoded"));
  write_video(folder / "none.mp4", 0);
  CHECK(contains(test::video_refusal(folder / "none.mp4"), (folder / "none.mp4").string() + ": "));
}

TEST_CASE("a wrong number of frames in the header is a warning with both numbers",
          "[image][video]") {
  const TempFolder folder;
  write_video(folder / "a.avi", kFrames);
  std::string bytes = read_text(folder / "a.avi");
  const std::size_t stream = bytes.find("strh") + 8;
  REQUIRE(bytes[stream + 32] == kFrames);  // dwLength
  bytes[stream + 32] = 52;
  write_bytes(folder / "a.avi", bytes);
  const VideoInfo info = probe_video(folder / "a.avi");
  CHECK(info.frames == kFrames);
  CHECK(info.warning == (folder / "a.avi").string() + ": claims to hold 52 frames, 40 can be read");
}

TEST_CASE("damaged videos end in an error or in frames, never in a crash", "[image][video]") {
  const TempFolder folder;
  std::mt19937 generator(11);
  for (const std::string& name : kNames) {
    write_video(folder / name, 12);
    const std::string whole = read_text(folder / name);
    for (int round = 0; round < 40; ++round) {
      std::string bytes = whole;
      for (int i = 0; i < 1 + round % 8; ++i) {
        bytes[generator() % bytes.size()] = static_cast<char>(generator() % 256);
      }
      const std::filesystem::path file = folder / ("damaged_" + name);
      write_bytes(file, bytes);
      const std::string reason = test::video_refusal(file);
      if (reason.empty()) {
        VideoReader reader(file);
        CHECK(reader.read(probe_video(file).frames - 1).cols > 0);
      } else {
        CHECK(contains(reason, file.string()));
      }
    }
  }
}

TEST_CASE("the libraries stay silent about damaged videos", "[image][video]") {
  const TempFolder folder;
  write_video(folder / "a.mp4", kFrames);
  std::string bytes = read_text(folder / "a.mp4");
  for (std::size_t at = bytes.find("mdat") + 40; at < bytes.find("moov") - 8; at += 7) {
    bytes[at] = static_cast<char>(at);
  }
  write_bytes(folder / "a.mp4", bytes);
  write_bytes(folder / "none.mp4", bytes.substr(0, 32) + std::string("\0\0\0\x08moov", 8));
  {
    const CapturedStderr captured(folder / "stderr.txt");
    test::video_refusal(folder / "a.mp4");
    test::video_refusal(folder / "none.mp4");
  }
  CHECK(read_text(folder / "stderr.txt").empty());
}

TEST_CASE("real clips, one of variable rate among them, have the frames a plain decode gives",
          "[image][video]") {
  const auto folder = test::shared_data("video");
  if (!folder) {
    SR_SKIP("no shared data");
  }
  const std::vector<std::pair<std::string, std::int64_t>> clips = {
      {"bottle.mp4", 1189}, {"bottle_vfr.mp4", 300}, {"car.mp4", 377}};
  for (const auto& [name, frames] : clips) {
    INFO(name);
    const VideoInfo info = probe_video(*folder / name);
    CHECK(info.frames == frames);
    CHECK(info.warning.empty());
    const std::vector<cv::Mat> plain = test::decode_in_sequence(*folder / name);
    REQUIRE(plain.size() == static_cast<std::size_t>(frames));
    VideoReader reader(*folder / name);
    for (std::int64_t n = 0; n < frames; ++n) {
      REQUIRE(same(reader.read(n), plain[static_cast<std::size_t>(n)]));
    }
    for (const std::int64_t n : {frames - 1, frames / 2, std::int64_t{3}, frames / 3}) {
      REQUIRE(same(reader.read(n), plain[static_cast<std::size_t>(n)]));
    }
  }
  CHECK(contains(test::video_refusal(*folder / "bottle_truncated.mp4"),
                 "bottle_truncated.mp4: truncated"));
}

}  // namespace sr
