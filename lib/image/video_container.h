#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "image/byte_source.h"

// What a video file's container says before anything is decoded: whether the whole file is there,
// which the decoder does not tell (it simply stops early), and how the picture is turned.

namespace sr {

struct VideoContainer {
  int rotation = 0;  ///< degrees clockwise that make the decoded picture upright: 0, 90, 180, 270
  /// Frames that the file's own table lists (mp4, mov; what an edit list hides is not counted);
  /// 0: the container has no such table.
  std::int64_t frames = 0;
};

/// The container that the first bytes belong to ("mp4" also for mov, "mkv" also for webm, "avi"),
/// empty for none.
std::string_view sniff_container(ByteSource& source);

/// Walks the container's outer structure, a few small reads per part. Fails ("<file>: <reason>")
/// for an empty file, an unknown container, one that goes on beyond the end of the file or was
/// never finished, and an mp4 that describes frames of different sizes.
VideoContainer read_container(ByteSource& source);

/// Walks from frame to frame, a small read for each. Fails ("<file>: damaged: ...") where the next
/// part of an avi, mkv or webm must begin and none does: what a download that was never finished
/// leaves, whose length is right. The index of an mp4 finds its frames in another way: nothing is
/// looked at.
void check_chain(ByteSource& source);

/// Width and height that the main header of an AVI says, apart from those of its streams; nothing
/// where it says none, or in another container.
std::optional<std::pair<std::uint32_t, std::uint32_t>> avi_main_sides(ByteSource& source);

/// For the boxes of ISO/IEC 14496-12 (mp4) and QuickTime (mov).
VideoContainer read_mp4_container(ByteSource& source);
/// For the elements of RFC 8794 and RFC 9559 (mkv, webm).
VideoContainer read_mkv_container(ByteSource& source);
/// For the RIFF chunks of AVI, OpenDML's further ones included.
VideoContainer read_avi_container(ByteSource& source);
void check_mkv_chain(ByteSource& source);
void check_avi_chain(ByteSource& source);

}  // namespace sr
