#include <fmt/format.h>

#include <algorithm>

#include "image/video_container.h"

// Elements are an id, a size and that many bytes (RFC 8794 sections 5 and 6). A size of all ones is
// unknown: a live stream, whose elements are then looked at one by one.

namespace sr {
namespace {

constexpr std::uint32_t kSegment = 0x18538067;
constexpr std::uint32_t kCluster = 0x1F43B675;
constexpr int kLongestId = 4;
constexpr int kLongestSize = 8;

struct Element {
  std::uint32_t id = 0;
  std::uint64_t begin = 0;  ///< of its content
  std::uint64_t size = 0;   ///< of its content
  bool known_size = true;
};

/// Bytes of a variable-length number, which its first byte's leading zeros tell; 0: none is valid.
int number_length(std::uint8_t first) {
  int length = 1;
  for (int mask = 0x80; mask != 0 && (first & mask) == 0; mask >>= 1) {
    ++length;
  }
  return length > kLongestSize ? 0 : length;
}

Element read_element(ByteSource& source, std::uint64_t at) {
  Element element;
  const int id_length = number_length(source.u8(at));
  if (id_length == 0 || id_length > kLongestId) {
    source.fail(fmt::format("damaged: no element where one must begin, at byte {}", at));
  }
  for (int i = 0; i < id_length; ++i) {
    element.id = element.id << 8 | source.u8(at++);
  }
  const std::uint8_t first = source.u8(at);
  const int size_length = number_length(first);
  if (size_length == 0) {
    source.fail(fmt::format("damaged: an element without a size, at byte {}", at));
  }
  const std::uint64_t marker = std::uint64_t{1} << (7 * size_length);
  for (int i = 0; i < size_length; ++i) {
    element.size = element.size << 8 | source.u8(at++);
  }
  element.size &= marker - 1;
  element.known_size = element.size != marker - 1;
  element.begin = at;
  return element;
}

[[noreturn]] void fail_truncated(const ByteSource& source, std::uint64_t wanted) {
  source.fail(
      fmt::format("truncated: it ends after {} of at least {} bytes", source.size(), wanted));
}

}  // namespace

VideoContainer read_mkv_container(ByteSource& source) {
  bool segment_found = false;
  for (std::uint64_t at = 0; at < source.size();) {
    const Element element = read_element(source, at);
    const bool segment = element.id == kSegment;
    segment_found |= segment;
    if (!element.known_size && !segment && element.id != kCluster) {
      source.fail(fmt::format("damaged: an element of unknown size at byte {}", at));
    }
    if (!element.known_size) {
      at = element.begin;
    } else if (!source.has(element.begin, element.size)) {
      fail_truncated(source, element.begin + element.size);
    } else if (segment) {
      return {};  // complete; what follows a segment does not matter
    } else {
      at = element.begin + element.size;
    }
  }
  if (!segment_found) {
    source.fail("truncated: it ends before its first segment");
  }
  return {};
}

void check_mkv_chain(ByteSource& source) {
  std::uint64_t end = source.size();
  for (std::uint64_t at = 0; at < end;) {
    const Element element = read_element(source, at);
    const bool segment = element.id == kSegment;
    if (segment && element.known_size) {
      end = std::min(end, element.begin + element.size);
    }
    if (segment || element.id == kCluster) {
      at = element.begin;  // its elements are those of the frames
    } else if (!element.known_size || !source.has(element.begin, element.size)) {
      source.fail(fmt::format("damaged: an element that cannot be, at byte {}", at));
    } else {
      at = element.begin + element.size;
    }
  }
}

}  // namespace sr
