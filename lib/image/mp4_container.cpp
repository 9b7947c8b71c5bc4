#include <fmt/format.h>

#include <cctype>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "image/video_container.h"

// Boxes are a size, four letters and the content (ISO/IEC 14496-12 section 4.2). Section numbers
// below are of that standard.

namespace sr {
namespace {

constexpr std::uint64_t kShortHeader = 8;
constexpr std::uint64_t kLongHeader = 16;

struct Box {
  std::string type;
  std::uint64_t begin = 0;  ///< of its content
  std::uint64_t end = 0;    ///< may lie beyond the end of the file
};

std::uint64_t be64(ByteSource& source, std::uint64_t at) {
  return std::uint64_t{source.be32(at)} << 32 | source.be32(at + 4);
}

/// The box at `at`; size 0 means that it takes all up to `end`.
Box read_box(ByteSource& source, std::uint64_t at, std::uint64_t end) {
  Box box;
  std::uint64_t size = source.be32(at);
  for (std::uint64_t i = 4; i < kShortHeader; ++i) {
    const std::uint8_t letter = source.u8(at + i);
    box.type.push_back(std::isprint(letter) != 0 ? static_cast<char>(letter) : '?');
  }
  std::uint64_t header = kShortHeader;
  if (size == 1) {
    size = be64(source, at + kShortHeader);
    header = kLongHeader;
  } else if (size == 0) {
    size = end - at;
  }
  if (size < header || size > UINT64_MAX - at) {
    source.fail(fmt::format("damaged: a box of {} bytes at byte {}", size, at));
  }
  box.begin = at + header;
  box.end = at + size;
  return box;
}

using Visit = std::function<void(const Box&)>;

void for_each_box(ByteSource& source, const Box& parent, const Visit& visit) {
  for (std::uint64_t at = parent.begin; at + kShortHeader <= parent.end;) {
    const Box box = read_box(source, at, parent.end);
    if (box.end > parent.end) {
      source.fail(fmt::format("damaged: box '{}' at byte {} is larger than the one around it",
                              box.type, at));
    }
    visit(box);
    at = box.end;
  }
}

/// What is kept of one track.
struct Track {
  bool video = false;
  int rotation = 0;
  std::int64_t samples = 0;
  std::vector<std::pair<int, int>> sizes;  ///< width and height of each description of samples
  std::uint32_t timescale = 0;             ///< ticks a second of its duration
  std::uint64_t duration = 0;              ///< of all samples
  bool edited = false;                     ///< has an edit list
  std::uint64_t shown_ticks = 0;           ///< sum of the edit list, in ticks of the movie
};

/// Fields of versions 0 and 1 differ in the width of their times: here is the first one behind
/// creation and modification time.
std::uint64_t behind_times(ByteSource& source, const Box& box) {
  return box.begin + 4 + (source.u8(box.begin) == 1 ? 16 : 8);
}

/// Section 8.3.2: the matrix {a b u c d v x y w} turns decoded into displayed positions. Quarter
/// turns alone are taken; mirrored and skewed pictures stay as decoded.
int read_rotation(ByteSource& source, const Box& tkhd) {
  const bool wide = source.u8(tkhd.begin) == 1;
  const std::uint64_t matrix = behind_times(source, tkhd) + (wide ? 16 : 12) + 16;
  const auto entry = [&](std::uint64_t i) {
    return static_cast<std::int32_t>(source.be32(matrix + 4 * i));
  };
  const std::int32_t a = entry(0), b = entry(1), c = entry(3), d = entry(4);
  if (a == 0 && d == 0 && b > 0 && c < 0) {
    return 90;
  }
  if (a == 0 && d == 0 && b < 0 && c > 0) {
    return 270;
  }
  return b == 0 && c == 0 && a < 0 && d < 0 ? 180 : 0;
}

void read_media_header(ByteSource& source, const Box& mdhd, Track& track) {
  const std::uint64_t fields = behind_times(source, mdhd);
  track.timescale = source.be32(fields);
  track.duration = source.u8(mdhd.begin) == 1 ? be64(source, fields + 4) : source.be32(fields + 4);
}

/// Section 8.6.6; a media time of -1 is an empty stretch that shows nothing.
void read_edit_list(ByteSource& source, const Box& elst, Track& track) {
  const bool wide = source.u8(elst.begin) == 1;
  const std::uint64_t entry_size = wide ? 20 : 12;
  const std::uint32_t count = source.be32(elst.begin + 4);
  std::uint64_t at = elst.begin + 8;
  for (std::uint32_t i = 0; i < count && at + entry_size <= elst.end; ++i, at += entry_size) {
    const bool empty = source.be32(at + (wide ? 8 : 4)) == UINT32_MAX;
    track.edited |= !empty;
    track.shown_ticks += empty ? 0 : wide ? be64(source, at) : source.be32(at);
  }
}

/// Section 12.1.3: a clip that was put together from others has a description for each kind.
void read_descriptions(ByteSource& source, const Box& stsd, Track& track) {
  constexpr std::uint64_t kCountedHeader = 8;
  constexpr std::uint64_t kWidth = 24;
  for_each_box(source, {"stsd", stsd.begin + kCountedHeader, stsd.end}, [&](const Box& entry) {
    if (entry.begin + kWidth + 4 <= entry.end) {
      track.sizes.emplace_back(source.be16(entry.begin + kWidth),
                               source.be16(entry.begin + kWidth + 2));
    }
  });
}

/// `depth` levels below the track: a file made of nothing but nested boxes must not use up the
/// stack.
void read_track_box(ByteSource& source, const Box& box, int depth, Track& track) {
  constexpr int kDeepest = 3;  // mdia, minf, stbl
  if (box.type == "mdia" || box.type == "minf" || box.type == "stbl" || box.type == "edts") {
    if (depth == kDeepest) {
      source.fail(fmt::format("damaged: box '{}' lies too deep in others", box.type));
    }
    for_each_box(source, box,
                 [&](const Box& inner) { read_track_box(source, inner, depth + 1, track); });
  } else if (box.type == "tkhd") {
    track.rotation = read_rotation(source, box);
  } else if (box.type == "mdhd") {
    read_media_header(source, box, track);
  } else if (box.type == "elst") {
    read_edit_list(source, box, track);
  } else if (box.type == "hdlr") {
    // In mov a second one, of the data handler, lies in minf.
    track.video |= source.matches(box.begin + 8, "vide");
  } else if (box.type == "stsd") {
    read_descriptions(source, box, track);
  } else if (box.type == "stsz" || box.type == "stz2") {
    track.samples = source.be32(box.begin + 8);
  }
}

/// The share of a track's samples that its edit list shows. Pre-roll in front of a cut is hidden.
std::int64_t shown_samples(const Track& track, std::uint32_t movie_timescale) {
  if (!track.edited || track.shown_ticks == 0 || movie_timescale == 0 || track.duration == 0 ||
      track.timescale == 0) {
    return track.samples;
  }
  const double shown = static_cast<double>(track.shown_ticks) / movie_timescale;
  const double all = static_cast<double>(track.duration) / track.timescale;
  return shown >= all ? track.samples
                      : static_cast<std::int64_t>(static_cast<double>(track.samples) * shown / all);
}

/// The first video track is the one that is decoded.
VideoContainer read_movie(ByteSource& source, const Box& moov) {
  std::uint32_t timescale = 0;
  Track video;
  for_each_box(source, moov, [&](const Box& box) {
    if (box.type == "mvhd") {
      timescale = source.be32(behind_times(source, box));
    } else if (box.type == "trak" && !video.video) {
      Track track;
      for_each_box(source, box, [&](const Box& inner) { read_track_box(source, inner, 0, track); });
      if (track.video) {
        video = std::move(track);
      }
    }
  });
  for (const auto& [width, height] : video.sizes) {
    if (video.sizes.front() != std::pair(width, height)) {
      source.fail(fmt::format("its frames are of different sizes, {}x{} and {}x{}",
                              video.sizes.front().first, video.sizes.front().second, width,
                              height));
    }
  }
  return {video.rotation, shown_samples(video, timescale)};
}

}  // namespace

VideoContainer read_mp4_container(ByteSource& source) {
  VideoContainer container;
  bool movie_found = false;
  std::uint64_t at = 0;
  while (source.has(at, kShortHeader)) {
    const Box box = read_box(source, at, source.size());
    if (box.end > source.size()) {
      source.fail(fmt::format("truncated: it ends after {} of at least {} bytes, inside its '{}'",
                              source.size(), box.end, box.type));
    }
    if (box.type == "moov" && !movie_found) {
      container = read_movie(source, box);
      movie_found = true;
    }
    at = box.end;
  }
  if (at < source.size()) {
    source.fail(fmt::format("truncated: it ends after {} bytes, inside a box", source.size()));
  }
  if (!movie_found) {
    source.fail("truncated or never finished: it has no index ('moov')");
  }
  return container;
}

}  // namespace sr
