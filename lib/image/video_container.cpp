#include "image/video_container.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "image/other_formats.h"

namespace sr {
namespace {

// Audio and still images use the boxes of mp4 as well; the brand tells them apart.
bool begins_mp4(ByteSource& source) {
  if (source.matches(4, "ftyp")) {
    const bool audio = source.matches(8, "M4A ") || source.matches(8, "M4B ");
    return !audio && sniff_other_brand(source).empty();
  }
  // QuickTime files from before the ftyp box.
  static constexpr std::array<std::string_view, 5> kFirstBoxes = {"moov", "mdat", "wide", "free",
                                                                  "skip"};
  return std::any_of(kFirstBoxes.begin(), kFirstBoxes.end(),
                     [&](std::string_view type) { return source.matches(4, type); });
}

/// The name of a chunk has only such.
bool has_letters(ByteSource& source, std::uint64_t at) {
  constexpr std::uint64_t kLetters = 4;
  for (std::uint64_t i = 0; i < kLetters; ++i) {
    if (const std::uint8_t letter = source.u8(at + i); letter < ' ' || letter > '~') {
      return false;
    }
  }
  return true;
}

}  // namespace

std::string_view sniff_container(ByteSource& source) {
  if (source.matches(0, "\x1a\x45\xdf\xa3")) {
    return "mkv";
  }
  if (source.matches(0, "RIFF") && source.matches(8, "AVI ")) {
    return "avi";
  }
  return begins_mp4(source) ? "mp4" : std::string_view();
}

VideoContainer read_container(ByteSource& source) {
  if (source.size() == 0) {
    source.fail("the file is empty");
  }
  const std::string_view format = sniff_container(source);
  if (format == "mp4") {
    return read_mp4_container(source);
  }
  if (format == "mkv") {
    return read_mkv_container(source);
  }
  if (format == "avi") {
    return read_avi_container(source);
  }
  source.fail("not a video of a known container (mp4, mov, mkv, webm, avi)");
}

void check_chain(ByteSource& source) {
  const std::string_view format = sniff_container(source);
  if (format == "mkv") {
    check_mkv_chain(source);
  } else if (format == "avi") {
    check_avi_chain(source);
  }
}

std::optional<std::pair<std::uint32_t, std::uint32_t>> avi_main_sides(ByteSource& source) {
  constexpr std::uint64_t kMainHeader = 24;  // the first chunk of the first list
  constexpr std::uint64_t kWidth = kMainHeader + 8 + 32;
  if (!source.matches(8, "AVI LIST") || !source.matches(20, "hdrlavih") || !source.has(kWidth, 8) ||
      source.le32(kWidth) == 0 || source.le32(kWidth + 4) == 0) {
    return std::nullopt;
  }
  return std::pair(source.le32(kWidth), source.le32(kWidth + 4));
}

VideoContainer read_avi_container(ByteSource& source) {
  constexpr std::uint64_t kHeader = 8;
  std::uint64_t chunk = 0;
  // Above 1 GiB a file goes on in further RIFF chunks; anything else behind the first is ignored.
  while (source.matches(chunk, "RIFF") && source.has(chunk, kHeader)) {
    const std::uint64_t size = source.le32(chunk + 4);
    const std::uint64_t end = chunk + kHeader + size;
    if (size == 0) {
      source.fail("truncated: its length was never written, the recording was not finished");
    }
    if (end > source.size()) {
      source.fail(fmt::format("truncated: it ends after {} of {} bytes", source.size(), end));
    }
    chunk = end + (size & 1);
  }
  return {};
}

void check_avi_chain(ByteSource& source) {
  constexpr std::uint64_t kHeader = 8;
  constexpr std::uint64_t kListHeader = 12;
  std::uint64_t riff_end = 0;
  for (std::uint64_t at = 0; source.has(at, kListHeader);) {
    const std::uint64_t size = source.le32(at + 4);
    if (at >= riff_end) {
      if (!source.matches(at, "RIFF")) {
        return;
      }
      riff_end = at + kHeader + size;
      at += kListHeader;
    } else if (source.matches(at, "LIST") &&
               (source.matches(at + kHeader, "movi") || source.matches(at + kHeader, "rec "))) {
      at += kListHeader;  // its chunks are those of the frames
    } else if (!has_letters(source, at) || size > riff_end - at) {
      source.fail(fmt::format("damaged: no chunk where one must begin, at byte {}", at));
    } else {
      at += kHeader + size + (size & 1);
    }
  }
}

}  // namespace sr
