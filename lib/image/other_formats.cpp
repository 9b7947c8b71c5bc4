#include "image/other_formats.h"

#include <algorithm>
#include <array>

namespace sr {
namespace {

using namespace std::string_view_literals;  // they contain zeros

struct Signature {
  std::uint64_t offset;
  std::string_view bytes;
  std::string_view name;
};

// Of more than two bytes, so that a text is not taken for one.
constexpr std::array kSignatures = {
    Signature{0, "GIF8"sv, "GIF"},
    Signature{0, "\0\0\0\x0cjP  "sv, "JPEG 2000"},
    Signature{0, "\xff\x4f\xff\x51"sv, "JPEG 2000"},
    Signature{0, "\xff\x0a"sv, "JPEG XL"},
    Signature{0, "\0\0\0\x0cJXL "sv, "JPEG XL"},
    Signature{0, "II\xbc\x01"sv, "JPEG XR"},
    Signature{0, "8BPS"sv, "PSD"},
    Signature{0, "\x76\x2f\x31\x01"sv, "OpenEXR"},
    Signature{0, "#?RADIANCE"sv, "Radiance HDR"},
    Signature{0, "DDS "sv, "DDS"},
    Signature{0, "qoif"sv, "QOI"},
    Signature{0, "gimp xcf"sv, "XCF"},
    Signature{0, "FUJIFILMCCD-RAW"sv, kRawFormat},
    Signature{0, "FOVb"sv, kRawFormat},
    Signature{0, "\0MRM"sv, kRawFormat},
    Signature{0, "IIU\0"sv, kRawFormat},
    Signature{0, "IIRO"sv, kRawFormat},
    Signature{0, "IIRS"sv, kRawFormat},
    Signature{0, "MMOR"sv, kRawFormat},
    Signature{0, "FLV\x01"sv, "FLV"},
    Signature{0, "\x30\x26\xb2\x75\x8e\x66\xcf\x11"sv, "WMV"},
    Signature{0, "\0\0\x01\xba"sv, "MPEG"},
    Signature{0, "\0\0\x01\xb3"sv, "MPEG"},
    Signature{0, "OggS"sv, "Ogg"},
    Signature{0, ".RMF"sv, "RealMedia"},
    Signature{0, "\x06\x0e\x2b\x34"sv, "MXF"},
    Signature{0, "YUV4MPEG2"sv, "YUV4MPEG"},
};

constexpr std::array kBrands = {
    Signature{8, "heic"sv, "HEIC"},      Signature{8, "heix"sv, "HEIC"},
    Signature{8, "heim"sv, "HEIC"},      Signature{8, "heis"sv, "HEIC"},
    Signature{8, "hevc"sv, "HEIC"},      Signature{8, "mif1"sv, "HEIF"},
    Signature{8, "msf1"sv, "HEIF"},      Signature{8, "avif"sv, "AVIF"},
    Signature{8, "avis"sv, "AVIF"},      Signature{8, "jp2 "sv, "JPEG 2000"},
    Signature{8, "jpx "sv, "JPEG 2000"}, Signature{8, "crx "sv, kRawFormat},
};

template <typename List>
std::string_view name_in(const List& list, ByteSource& source) {
  const auto* const found = std::find_if(list.begin(), list.end(), [&](const Signature& signature) {
    return source.matches(signature.offset, signature.bytes);
  });
  return found == list.end() ? std::string_view() : found->name;
}

/// Packets of 188 bytes, or of 192 with a time in front (cameras).
bool is_transport_stream(ByteSource& source) {
  constexpr std::string_view kSync = "G";
  for (const std::uint64_t front : {0, 4}) {
    const std::uint64_t packet = 188 + front;
    if (source.has(front + 2 * packet, 1) && source.matches(front, kSync) &&
        source.matches(front + packet, kSync) && source.matches(front + 2 * packet, kSync)) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::string_view sniff_other_brand(ByteSource& source) {
  return source.matches(4, "ftyp") ? name_in(kBrands, source) : std::string_view();
}

std::string_view sniff_other_format(ByteSource& source) {
  for (const std::string_view name : {name_in(kSignatures, source), sniff_other_brand(source)}) {
    if (!name.empty()) {
      return name;
    }
  }
  return is_transport_stream(source) ? "MPEG-TS" : std::string_view();
}

}  // namespace sr
