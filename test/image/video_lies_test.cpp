#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "core/error.h"
#include "image/video.h"
#include "support/catch.h"
#include "support/pattern.h"
#include "support/temp_folder.h"
#include "support/video.h"

// Videos whose headers do not tell the truth: refused, or exactly the pixels that the file has.

namespace sr {
namespace {

using test::read_text;
using test::same;
using test::TempFolder;
using test::write_bytes;
using test::write_video;

/// Frames that a file gives, or nothing where it is refused, with the name of the file.
std::vector<cv::Mat> frames_of(const std::filesystem::path& file) {
  const std::string reason = test::video_refusal(file);
  if (!reason.empty()) {
    CHECK(reason.starts_with(file.string() + ": "));
    return {};
  }
  VideoReader reader(file);
  std::vector<cv::Mat> frames;
  for (std::int64_t n = 0; n < probe_video(file).frames; ++n) {
    frames.push_back(reader.read(n));
  }
  return frames;
}

/// Refused, or exactly what the file gave before its header was changed.
bool refused_or_equal(const std::filesystem::path& file, const std::vector<cv::Mat>& plain) {
  const std::vector<cv::Mat> frames = frames_of(file);
  if (frames.size() > plain.size()) {
    return false;
  }
  for (std::size_t n = 0; n < frames.size(); ++n) {
    if (!same(frames[n], plain[n])) {
      return false;
    }
  }
  return true;
}

/// Where an avi, mp4 or mov keeps the sides of its picture: two bytes of each.
std::vector<std::size_t> places_of_sides(const std::string& bytes) {
  std::vector<std::size_t> places;
  const auto add = [&](const char* name, std::initializer_list<std::size_t> offsets) {
    const std::size_t at = bytes.find(name);
    for (const std::size_t offset : offsets) {
      if (at != std::string::npos && at + offset + 2 <= bytes.size()) {
        places.push_back(at + offset);
      }
    }
  };
  add("avih", {40, 44});
  add("strf", {12, 16});
  add("tkhd", {80, 84});
  const std::size_t descriptions = bytes.find("stsd");
  if (descriptions != std::string::npos) {
    places.push_back(descriptions + 16 + 4 + 24);  // behind size and name of the first one
    places.push_back(descriptions + 16 + 4 + 26);
  }
  return places;
}

}  // namespace

TEST_CASE("a matroska header that lies about the size of VP8 and VP9 gives no wrong pixel",
          "[image][video]") {
  const TempFolder folder;
  int tried = 0;
  int refused = 0;
  for (const std::string codec : {"VP80", "VP90"}) {
    if (!test::write_coded(folder / "true.mkv", codec)) {
      continue;
    }
    const std::string bytes = read_text(folder / "true.mkv");
    const std::vector<cv::Mat> plain = frames_of(folder / "true.mkv");
    CHECK(plain.size() == 6);
    // PixelWidth and PixelHeight, one byte each; then as two bytes in place of a neighbour's.
    const std::size_t width = bytes.find("\xb0\x81\x40");
    const std::size_t height = bytes.find("\xba\x81\x30");
    REQUIRE(width != std::string::npos);
    REQUIRE(height != std::string::npos);
    for (const std::size_t place : {width, height}) {
      for (const int lie : {0, 1, 2, 16, 32, 47, 49, 63, 65, 80, 128, 255}) {
        INFO(codec << ' ' << (place == width ? "width " : "height ") << lie);
        std::string changed = bytes;
        changed[place + 2] = static_cast<char>(lie);
        write_bytes(folder / "lie.mkv", changed);
        CHECK(refused_or_equal(folder / "lie.mkv", plain));
        refused += test::video_refusal(folder / "lie.mkv").empty() ? 0 : 1;
        ++tried;
      }
    }
  }
  if (tried == 0) {
    SR_SKIP("OpenCV's FFmpeg writes neither VP8 nor VP9 here");
  }
  CHECK(refused > 0);
}

TEST_CASE("an avi header that lies about the size of FFV1 and raw video gives no wrong pixel",
          "[image][video]") {
  const TempFolder folder;
  for (const std::string codec : {"FFV1", "I420"}) {
    REQUIRE(test::write_coded(folder / "true.avi", codec));
    const std::string bytes = read_text(folder / "true.avi");
    CHECK(frames_of(folder / "true.avi").size() == 6);
    const auto with_sides = [&](std::string changed, const char* header, std::size_t width,
                                std::size_t height, std::pair<int, int> sides) {
      const std::size_t at = changed.find(header);
      for (const auto& [place, side] : {std::pair(width, sides.first), {height, sides.second}}) {
        changed[at + place] = static_cast<char>(side & 0xff);
        changed[at + place + 1] = static_cast<char>(side >> 8);
      }
      return changed;
    };
    for (const auto& sides : std::vector<std::pair<int, int>>{
             {2000, 2000}, {64, 1000}, {8, 8}, {63, 48}, {64, 47}, {64, 46}, {62, 48}, {65, 48}}) {
      INFO(codec << ' ' << sides.first << 'x' << sides.second);
      const std::string stream_lies = with_sides(bytes, "strf", 12, 16, sides);
      write_bytes(folder / "lie.avi", stream_lies);
      CHECK_FALSE(test::video_refusal(folder / "lie.avi").empty());
      CHECK_THROWS_AS(VideoReader(folder / "lie.avi"), DataError);
      // Of both together only raw video can tell, by the bytes of a frame; rows of 61 to 64 pixels
      // are padded to the same ones.
      write_bytes(folder / "lie.avi", with_sides(stream_lies, "avih", 40, 44, sides));
      if (codec == "I420" && sides.first != 63 && sides.first != 62) {
        CHECK_FALSE(test::video_refusal(folder / "lie.avi").empty());
      }
    }
  }
}

TEST_CASE("no number in a header makes pixels out of other memory", "[image][video]") {
  const TempFolder folder;
  for (const std::string name : {"a.avi", "b.mp4", "c.mov", "d.mkv"}) {
    write_video(folder / name, 6);
    const std::vector<cv::Mat> plain = frames_of(folder / name);
    const std::string bytes = read_text(folder / name);
    REQUIRE(plain.size() == 6);
    for (const std::size_t place : places_of_sides(bytes)) {
      for (const std::string& lie :
           {std::string(2, '\0'), std::string("\x01\x01"), std::string("\0\x7f", 2),
            std::string("\x20\0", 2), std::string("\xff\x7f")}) {
        INFO(name << " byte " << place);
        std::string changed = bytes;
        changed.replace(place, 2, lie);
        write_bytes(folder / "lie.bin", changed);
        CHECK(refused_or_equal(folder / "lie.bin", plain));
      }
    }
  }
}

TEST_CASE("rates and durations that cannot be do not matter", "[image][video]") {
  const TempFolder folder;
  write_video(folder / "a.avi", 6);
  write_video(folder / "d.mkv", 6);
  const std::vector<cv::Mat> avi = frames_of(folder / "a.avi");
  const std::vector<cv::Mat> mkv = frames_of(folder / "d.mkv");
  const std::string avi_bytes = read_text(folder / "a.avi");
  const std::size_t strh = avi_bytes.find("strh") + 8;
  for (const std::string& lie : {std::string(8, '\0'), std::string(8, '\xff'),
                                 std::string("\0\0\0\0\x01\0\0\0", 8)}) {  // scale, rate
    std::string changed = avi_bytes;
    changed.replace(strh + 20, 8, lie);
    write_bytes(folder / "b.avi", changed);
    CHECK(refused_or_equal(folder / "b.avi", avi));
  }
  const std::string mkv_bytes = read_text(folder / "d.mkv");
  const std::size_t duration = mkv_bytes.find("\x44\x89\x88");  // Duration, 8 bytes
  REQUIRE(duration != std::string::npos);
  for (const std::string& lie :
       {std::string("\x7f\xf8\0\0\0\0\0\0", 8), std::string("\x7f\xf0\0\0\0\0\0\0", 8),
        std::string("\xff\xef\xff\xff\xff\xff\xff\xff", 8), std::string(8, '\0')}) {
    std::string changed = mkv_bytes;
    changed.replace(duration + 3, 8, lie);
    write_bytes(folder / "e.mkv", changed);
    CHECK(refused_or_equal(folder / "e.mkv", mkv));
  }
}

TEST_CASE("a stream that changes its size on the way is refused at that frame", "[image][video]") {
  const TempFolder folder;
  write_video(folder / "large.avi", 6);
  write_video(folder / "small.avi", 6, {32, 24});
  std::string bytes = read_text(folder / "large.avi");
  const std::string small = read_text(folder / "small.avi");
  const auto chunk = [](const std::string& avi, int n) {
    std::size_t at = avi.find("movi");
    for (int i = -1; i < n; ++i) {
      at = avi.find("00dc", at + 1);
    }
    return at;
  };
  const auto size_of = [](const std::string& avi, std::size_t at) {
    std::size_t size = 0;
    for (std::size_t i = 4; i > 0; --i) {
      size = size << 8 | static_cast<std::uint8_t>(avi[at + 3 + i]);
    }
    return size;
  };
  const std::size_t to = chunk(bytes, 3);
  const std::size_t from = chunk(small, 3);
  std::string frame = small.substr(from + 8, size_of(small, from));
  REQUIRE(frame.size() <= size_of(bytes, to));
  frame.resize(size_of(bytes, to), '\0');
  bytes.replace(to + 8, frame.size(), frame);
  write_bytes(folder / "both.avi", bytes);
  CHECK(test::video_refusal(folder / "both.avi") ==
        (folder / "both.avi").string() + ": frame 3 is 32x24, the frames before are 64x48");
  VideoReader reader(folder / "both.avi");
  CHECK(reader.read(2).cols == 64);
  CHECK_THROWS_AS(reader.read(3), DataError);
}

TEST_CASE("a video cannot make another file be read", "[image][video]") {
  const TempFolder folder;
  write_video(folder / "a.avi", 3);
  // By its first bytes no container of ours: lists of other demultiplexers.
  folder.write("b.mp4", "#EXTM3U\n#EXTINF:1,\n" + (folder / "a.avi").string() + "\n");
  folder.write("c.avi", "ffconcat version 1.0\nfile a.avi\n");
  CHECK_FALSE(test::video_refusal(folder / "b.mp4").empty());
  CHECK_FALSE(test::video_refusal(folder / "c.avi").empty());
}

}  // namespace sr
