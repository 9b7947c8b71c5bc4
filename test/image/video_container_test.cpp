#include "image/video_container.h"

#include <cstdint>
#include <string>
#include <vector>

#include "core/error.h"
#include "support/catch.h"

namespace sr {
namespace {

using namespace std::string_literals;

std::vector<std::uint8_t> bytes_of(const std::string& text) {
  return {text.begin(), text.end()};
}

VideoContainer read(const std::string& text) {
  const std::vector<std::uint8_t> bytes = bytes_of(text);
  MemorySource source("clip", bytes);
  return read_container(source);
}

/// The reason for which the bytes are refused; empty when they are not.
std::string refusal(const std::string& text) {
  try {
    read(text);
    return "";
  } catch (const DataError& error) {
    return error.what();
  }
}

std::string sniffed(const std::string& text) {
  const std::vector<std::uint8_t> bytes = bytes_of(text);
  MemorySource source("clip", bytes);
  return std::string(sniff_container(source));
}

std::string be32(std::uint32_t value) {
  std::string text;
  for (int shift = 24; shift >= 0; shift -= 8) {
    text.push_back(static_cast<char>(value >> shift & 0xff));
  }
  return text;
}

std::string box(const std::string& type, const std::string& content) {
  return be32(static_cast<std::uint32_t>(content.size() + 8)) + type + content;
}

std::string tkhd(const std::vector<std::int32_t>& turn) {
  const std::string matrix =
      be32(static_cast<std::uint32_t>(turn[0])) + be32(static_cast<std::uint32_t>(turn[1])) +
      be32(0) + be32(static_cast<std::uint32_t>(turn[2])) +
      be32(static_cast<std::uint32_t>(turn[3])) + be32(0) + be32(0) + be32(0) + be32(0x40000000);
  // version and flags, two times, track, reserved, duration, 16 further bytes
  return box("tkhd", be32(0) + be32(0) + be32(0) + be32(1) + be32(0) + be32(100) +
                         std::string(16, '\0') + matrix + be32(0) + be32(0));
}

std::string be16(std::uint16_t value) {
  return be32(value).substr(2);
}

std::string description(std::uint16_t width, std::uint16_t height) {
  return box("avc1", std::string(24, '\0') + be16(width) + be16(height) + be32(0));
}

/// 100 samples of 40 ms; the edit list shows `shown` of 1000 ticks a second.
std::string movie(const std::string& track_header, std::uint32_t shown,
                  const std::string& descriptions = description(64, 48)) {
  const std::string times = be32(0) + be32(0) + be32(0);
  const std::string stbl = box("stbl", box("stsd", be32(0) + be32(1) + descriptions) +
                                           box("stsz", be32(0) + be32(0) + be32(100)));
  const std::string mdia =
      box("mdia", box("mdhd", times + be32(25) + be32(100) + be32(0)) +
                      box("hdlr", be32(0) + be32(0) + "vide" + std::string(12, '\0')) +
                      box("minf", stbl));
  const std::string edits =
      shown == 0 ? ""
                 : box("edts", box("elst", be32(0) + be32(1) + be32(shown) + be32(2) + be32(1)));
  const std::string mvhd = box("mvhd", times + be32(1000) + be32(4000) + be32(0));
  return box("ftyp", "isom" + be32(0)) +
         box("moov", mvhd + box("trak", track_header + edits + mdia)) + box("mdat", "pixels");
}

const std::string kUnknownSize = "\x01\xff\xff\xff\xff\xff\xff\xff"s;
const std::string kEbml = "\x1a\x45\xdf\xa3\x81\x01"s;
const std::string kSegment = "\x18\x53\x80\x67"s;
const std::string kCluster = "\x1f\x43\xb6\x75"s;
const std::string kBlock = "\xa3\x84wxyz"s;

}  // namespace

TEST_CASE("the container is told by the first bytes", "[image][video]") {
  CHECK(sniffed(movie(tkhd({1, 0, 0, 1}), 0)) == "mp4");
  CHECK(sniffed(be32(8) + "wide" + be32(8) + "mdat") == "mp4");
  CHECK(sniffed(kEbml) == "mkv");
  CHECK(sniffed("RIFF"s + std::string(4, '\0') + "AVI LIST") == "avi");
  CHECK(sniffed("RIFF"s + std::string(4, '\0') + "WEBPVP8 ").empty());
  for (const char* brand : {"heic", "hevc", "msf1", "avif", "avis", "crx ", "M4A "}) {
    CHECK(sniffed(box("ftyp", brand + be32(0))).empty());
  }
  CHECK(sniffed("").empty());
  CHECK(sniffed("some text about a movie").empty());
}

TEST_CASE("an mp4's quarter turns are read from its track", "[image][video]") {
  constexpr std::int32_t kOne = 0x10000;
  CHECK(read(movie(tkhd({kOne, 0, 0, kOne}), 0)).rotation == 0);
  CHECK(read(movie(tkhd({0, kOne, -kOne, 0}), 0)).rotation == 90);
  CHECK(read(movie(tkhd({-kOne, 0, 0, -kOne}), 0)).rotation == 180);
  CHECK(read(movie(tkhd({0, -kOne, kOne, 0}), 0)).rotation == 270);
}

TEST_CASE("an mp4's frames are those of its table that the edit list shows", "[image][video]") {
  const std::string upright = tkhd({1, 0, 0, 1});
  CHECK(read(movie(upright, 0)).frames == 100);
  CHECK(read(movie(upright, 4000)).frames == 100);
  CHECK(read(movie(upright, 1000)).frames == 25);
}

TEST_CASE("an mp4 cut off anywhere is refused", "[image][video]") {
  const std::string whole = movie(tkhd({1, 0, 0, 1}), 4000);
  CHECK(refusal(whole).empty());
  const std::size_t before_pixels = whole.size() - 14;
  for (std::size_t length = 12; length < whole.size(); ++length) {
    INFO(length);
    // Without its last box as a whole the file is a complete one that holds no pixels.
    CHECK(refusal(whole.substr(0, length)).empty() == (length == before_pixels));
  }
  CHECK(refusal(box("ftyp", "isom" + be32(0)) + box("mdat", "pixels")).find("no index") !=
        std::string::npos);
}

TEST_CASE("an mp4 that describes frames of different sizes is refused", "[image][video]") {
  const std::string upright = tkhd({1, 0, 0, 1});
  const std::string same = description(64, 48) + description(64, 48);
  const std::string other = same + description(32, 48);
  CHECK(refusal(movie(upright, 0, same)).empty());
  CHECK(refusal(movie(upright, 0, other)) ==
        "clip: its frames are of different sizes, 64x48 and 32x48");
}

TEST_CASE("boxes whose sizes make no sense are refused", "[image][video]") {
  const std::string ftyp = box("ftyp", "isom" + be32(0));
  CHECK(refusal(ftyp + be32(5) + "moov" + be32(0)).find("damaged") != std::string::npos);
  CHECK(refusal(ftyp + be32(1) + "mdat" + be32(0xffffffff) + be32(0xffffffff)).find("damaged") !=
        std::string::npos);
  CHECK(refusal(ftyp + box("moov", be32(4000) + "trak" + be32(0))).find("larger than the one") !=
        std::string::npos);
}

TEST_CASE("boxes nested without end are refused", "[image][video]") {
  constexpr std::uint32_t kLevels = 300000;
  std::string nested;
  for (std::uint32_t i = 0; i < kLevels; ++i) {
    nested += be32(8 * (kLevels - i)) + "mdia";
  }
  CHECK(refusal(box("ftyp", "isom") + box("moov", box("trak", nested))) ==
        "clip: damaged: box 'mdia' lies too deep in others");
}

TEST_CASE("an mkv's segment and clusters must lie within the file", "[image][video]") {
  const std::string cluster = kCluster + "\x86" + kBlock;
  CHECK(refusal(kEbml + kSegment + "\x8b" + cluster).empty());
  CHECK(refusal(kEbml + kSegment + "\x8c" + cluster).find("truncated") != std::string::npos);
  CHECK(refusal(kEbml).find("before its first segment") != std::string::npos);
  // A live stream: segment and cluster of unknown size.
  const std::string live = kEbml + kSegment + kUnknownSize + kCluster + kUnknownSize + kBlock;
  CHECK(refusal(live + kBlock).empty());
  CHECK(refusal(live + kBlock.substr(0, 4)).find("truncated") != std::string::npos);
  CHECK(refusal(kEbml + kSegment + kUnknownSize + "\x05").find("damaged") != std::string::npos);
}

TEST_CASE("an avi's chunks must lie within the file and have a length", "[image][video]") {
  const auto avi = [](char size) { return "RIFF"s + size + std::string(3, '\0') + "AVI 12345678"; };
  CHECK(refusal(avi(12)).empty());
  CHECK(refusal(avi(12) + avi(12)).empty());
  CHECK(refusal(avi(13)).find("truncated") != std::string::npos);
  CHECK(refusal(avi(12) + avi(13)).find("truncated") != std::string::npos);
  CHECK(refusal(avi(0)).find("not finished") != std::string::npos);
}

TEST_CASE("an empty file and one that is no video are refused by name", "[image][video]") {
  CHECK(refusal("") == "clip: the file is empty");
  CHECK(refusal("text") == "clip: not a video of a known container (mp4, mov, mkv, webm, avi)");
}

}  // namespace sr
