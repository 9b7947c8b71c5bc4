#include "image/attachments.h"

#include <libdeflate.h>

#include <algorithm>
#include <memory>

#include "core/error.h"
#include "image/exif_block.h"
#include "image/jpeg_segments.h"

// ISO/IEC 15948 (PNG: chunks iCCP and eXIf), ITU-T T.81 with ICC.1:2010 annex B.4 (JPEG: APP1 and
// APP2), the WebP container (chunks ICCP and EXIF behind VP8X).

namespace sr {
namespace {

using Bytes = std::vector<std::uint8_t>;
using View = std::span<const std::uint8_t>;

std::string_view text_of(View bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void append(Bytes& to, View bytes) {
  const std::size_t size = to.size();
  to.resize(size + bytes.size());
  std::ranges::copy(bytes, to.begin() + static_cast<std::ptrdiff_t>(size));
}

void append(Bytes& to, std::string_view text) {
  append(to, View(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}

void append_be(Bytes& to, std::uint32_t value, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    to.push_back(static_cast<std::uint8_t>(value >> shift));
  }
}

void append_le(Bytes& to, std::uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) {
    to.push_back(static_cast<std::uint8_t>(value >> 8 * i));
  }
}

std::uint32_t number(View bytes, std::size_t at, int count, bool little) {
  std::uint32_t value = 0;
  for (int i = 0; i < count; ++i) {
    const std::uint32_t byte = bytes[at + static_cast<std::size_t>(little ? count - 1 - i : i)];
    value = value << 8 | byte;
  }
  return value;
}

View without_exif_start(View exif) {
  return text_of(exif).starts_with(ExifBlock::kStart) ? exif.subspan(ExifBlock::kStart.size())
                                                      : exif;
}

// --- PNG ---

constexpr std::size_t kPngFirstChunk = 8;
constexpr std::size_t kPngFrame = 12;  ///< length, type and CRC around the data of a chunk
constexpr std::size_t kPngHeaderEnd = kPngFirstChunk + kPngFrame + 13;

/// Calls use(type, data) for each whole chunk.
template <typename Use>
void each_png_chunk(View file, const Use& use) {
  for (std::size_t at = kPngFirstChunk; at + kPngFrame <= file.size();) {
    const std::size_t length = number(file, at, 4, false);
    if (length > file.size() - at - kPngFrame) {
      return;
    }
    use(text_of(file.subspan(at + 4, 4)), file.subspan(at + 8, length));
    at += kPngFrame + length;
  }
}

/// iCCP: a name, a zero, the method (0: deflate), a zlib stream.
Bytes icc_of_png(View chunk) {
  constexpr std::size_t kMostBytes = std::size_t{64} << 20;
  const auto name_end = std::find(chunk.begin(), chunk.end(), 0);
  const auto start = static_cast<std::size_t>(name_end - chunk.begin()) + 2;
  if (start >= chunk.size()) {
    return {};
  }
  const View packed = chunk.subspan(start);
  struct Free {
    void operator()(libdeflate_decompressor* one) const { libdeflate_free_decompressor(one); }
  };
  const std::unique_ptr<libdeflate_decompressor, Free> decompressor(
      libdeflate_alloc_decompressor());
  for (std::size_t room = 4 * packed.size() + 4096; decompressor && room <= kMostBytes; room *= 4) {
    Bytes icc(room);
    std::size_t size = 0;
    const libdeflate_result result = libdeflate_zlib_decompress(
        decompressor.get(), packed.data(), packed.size(), icc.data(), icc.size(), &size);
    if (result == LIBDEFLATE_SUCCESS) {
      icc.resize(size);
      return icc;
    }
    if (result != LIBDEFLATE_INSUFFICIENT_SPACE) {
      break;
    }
  }
  return {};
}

Attachments read_png(View file) {
  Attachments found;
  each_png_chunk(file, [&](std::string_view type, View data) {
    if (type == "iCCP" && found.icc.empty()) {
      found.icc = icc_of_png(data);
    } else if (type == "eXIf" && found.exif.empty()) {
      const View exif = without_exif_start(data);
      found.exif.assign(exif.begin(), exif.end());
    }
  });
  return found;
}

void append_png_chunk(Bytes& to, std::string_view type, View data) {
  append_be(to, static_cast<std::uint32_t>(data.size()), 4);
  const std::size_t start = to.size();
  append(to, type);
  append(to, data);
  append_be(to, libdeflate_crc32(0, to.data() + start, to.size() - start), 4);
}

Bytes packed_icc(View icc) {
  struct Free {
    void operator()(libdeflate_compressor* one) const { libdeflate_free_compressor(one); }
  };
  constexpr int kLevel = 6;
  const std::unique_ptr<libdeflate_compressor, Free> compressor(
      libdeflate_alloc_compressor(kLevel));
  Bytes packed;
  append(packed, std::string_view("ICC profile\0\0", 13));
  const std::size_t start = packed.size();
  packed.resize(start + libdeflate_zlib_compress_bound(compressor.get(), icc.size()));
  packed.resize(start + libdeflate_zlib_compress(compressor.get(), icc.data(), icc.size(),
                                                 packed.data() + start, packed.size() - start));
  return packed;
}

Bytes write_png(View file, const Attachments& attachments) {
  Bytes result;
  append(result, file.first(kPngHeaderEnd));
  if (!attachments.icc.empty()) {
    append_png_chunk(result, "iCCP", packed_icc(attachments.icc));
  }
  if (!attachments.exif.empty()) {
    append_png_chunk(result, "eXIf", attachments.exif);
  }
  append(result, file.subspan(kPngHeaderEnd));
  return result;
}

// --- JPEG ---

constexpr std::size_t kMostInSegment = 65533;

Attachments read_jpeg(View file) {
  Attachments found;
  JpegProfile profile;
  MemorySource source("JPEG", file);
  try {
    for (JpegSegment segment; segment.marker != kJpegScan;) {
      segment = read_jpeg_segment(source, segment.next());
      if (segment.marker == kJpegApp1 && source.matches(segment.data, ExifBlock::kStart) &&
          source.has(segment.data, segment.size) && found.exif.empty()) {
        const View exif = without_exif_start(file.subspan(segment.data, segment.size));
        found.exif.assign(exif.begin(), exif.end());
      } else if (segment.marker == kJpegApp2) {
        profile.add(source, segment);
      }
    }
  } catch (const DataError&) {
    // Damaged: what stands before is taken.
  }
  found.icc = profile.joined();
  return found;
}

void append_jpeg_segment(Bytes& to, int marker, View data) {
  to.push_back(0xff);
  to.push_back(static_cast<std::uint8_t>(marker));
  append_be(to, static_cast<std::uint32_t>(data.size() + 2), 2);
  append(to, data);
}

void append_jpeg_icc(Bytes& to, View icc) {
  const std::size_t most = kMostInSegment - kJpegProfile.size() - 2;
  const std::size_t parts = (icc.size() + most - 1) / most;
  if (parts > 255) {
    return;
  }
  for (std::size_t i = 0; i < parts; ++i) {
    Bytes data;
    append(data, kJpegProfile);
    data.push_back(static_cast<std::uint8_t>(i + 1));
    data.push_back(static_cast<std::uint8_t>(parts));
    append(data, icc.subspan(i * most, std::min(most, icc.size() - i * most)));
    append_jpeg_segment(to, kJpegApp2, data);
  }
}

Bytes write_jpeg(View file, const Attachments& attachments) {
  std::size_t rest = 2;
  if (file.size() > 6 && file[2] == 0xff && file[3] == kJpegApp0) {
    rest = std::min<std::size_t>(file.size(), 4 + number(file, 4, 2, false));
  }
  Bytes result;
  append(result, file.first(2));
  const bool has_exif = !attachments.exif.empty() &&
                        attachments.exif.size() <= kMostInSegment - ExifBlock::kStart.size();
  if (has_exif) {  // which wants to come first: JFIF's APP0 says nothing that it does not
    Bytes data;
    append(data, ExifBlock::kStart);
    append(data, attachments.exif);
    append_jpeg_segment(result, kJpegApp1, data);
  } else {
    append(result, file.subspan(2, rest - 2));
  }
  append_jpeg_icc(result, attachments.icc);
  append(result, file.subspan(rest));
  return result;
}

// --- WebP ---

constexpr std::size_t kWebpFirstChunk = 12;
constexpr std::uint8_t kWebpIcc = 0x20;
constexpr std::uint8_t kWebpAlpha = 0x10;
constexpr std::uint8_t kWebpExif = 0x08;

template <typename Use>
void each_webp_chunk(View file, const Use& use) {
  for (std::size_t at = kWebpFirstChunk; at + 8 <= file.size();) {
    const std::size_t length = number(file, at + 4, 4, true);
    if (length > file.size() - at - 8) {
      return;
    }
    use(text_of(file.subspan(at, 4)), file.subspan(at + 8, length));
    at += 8 + length + length % 2;
  }
}

Attachments read_webp(View file) {
  Attachments found;
  each_webp_chunk(file, [&](std::string_view type, View data) {
    if (type == "ICCP" && found.icc.empty()) {
      found.icc.assign(data.begin(), data.end());
    } else if (type == "EXIF" && found.exif.empty()) {
      const View exif = without_exif_start(data);
      found.exif.assign(exif.begin(), exif.end());
    }
  });
  return found;
}

void append_webp_chunk(Bytes& to, std::string_view type, View data) {
  append(to, type);
  append_le(to, static_cast<std::uint32_t>(data.size()), 4);
  append(to, data);
  to.resize(to.size() + data.size() % 2, 0);
}

Bytes write_webp(View file, const Attachments& attachments, PictureSides sides) {
  Bytes chunks;
  std::uint8_t flags = 0;
  Bytes pixels;
  each_webp_chunk(file, [&](std::string_view type, View data) {
    if (type == "VP8X") {
      flags = data.empty() ? std::uint8_t{0} : data[0];
      return;
    }
    if (type == "VP8L" && data.size() > 4 && (data[4] & 0x10) != 0) {
      flags |= kWebpAlpha;
    }
    append_webp_chunk(pixels, type, data);
  });
  flags |= static_cast<std::uint8_t>((attachments.icc.empty() ? 0 : kWebpIcc) |
                                     (attachments.exif.empty() ? 0 : kWebpExif));
  Bytes extended{flags, 0, 0, 0};
  append_le(extended, static_cast<std::uint32_t>(sides.width - 1), 3);
  append_le(extended, static_cast<std::uint32_t>(sides.height - 1), 3);
  append_webp_chunk(chunks, "VP8X", extended);
  if (!attachments.icc.empty()) {
    append_webp_chunk(chunks, "ICCP", attachments.icc);
  }
  append(chunks, pixels);
  if (!attachments.exif.empty()) {
    append_webp_chunk(chunks, "EXIF", attachments.exif);
  }
  Bytes result;
  append(result, "RIFF");
  append_le(result, static_cast<std::uint32_t>(chunks.size() + 4), 4);
  append(result, "WEBP");
  append(result, chunks);
  return result;
}

}  // namespace

Attachments read_attachments(std::span<const std::uint8_t> file, std::string_view format) {
  return format == "png"    ? read_png(file)
         : format == "jpeg" ? read_jpeg(file)
         : format == "webp" ? read_webp(file)
                            : Attachments{};
}

std::vector<std::uint8_t> with_attachments(std::vector<std::uint8_t> file, std::string_view format,
                                           const Attachments& attachments, PictureSides sides) {
  if (attachments.icc.empty() && attachments.exif.empty()) {
    return file;
  }
  return format == "png"    ? write_png(file, attachments)
         : format == "jpeg" ? write_jpeg(file, attachments)
         : format == "webp" ? write_webp(file, attachments, sides)
                            : file;
}

}  // namespace sr
