#include "image/file_kind.h"

#include <vector>

#include "encoded.h"
#include "support/catch.h"
#include "support/pattern.h"

using sr::FileKind;
using sr::test::EncodedFile;

namespace {

FileKind kind(const std::string& bytes) {
  return sr::kind_by_content(EncodedFile(bytes).path());
}

std::string box(const std::string& brand) {
  return std::string("\0\0\0\x18", 4) + "ftyp" + brand + std::string(12, '\0');
}

std::string transport_stream(std::size_t front) {
  std::string packet(front, '\0');
  packet += 'G';
  packet.resize(188 + front, '\x11');
  return packet + packet + packet;
}

}  // namespace

TEST_CASE("formats that are not read are told by their contents", "[image]") {
  const std::vector<std::string> media = {"GIF89a....",
                                          "GIF87a....",
                                          box("heic"),
                                          box("heix"),
                                          box("hevc"),
                                          box("mif1"),
                                          box("msf1"),
                                          box("avif"),
                                          box("avis"),
                                          box("jp2 "),
                                          std::string("\0\0\0\x0cjP  \r\n\x87\n", 12),
                                          "\xff\x4f\xff\x51....",
                                          "\xff\x0a....",
                                          "8BPS....",
                                          "\x76\x2f\x31\x01....",
                                          "DDS ....",
                                          "qoif....",
                                          "#?RADIANCE\n",
                                          "FLV\x01....",
                                          "\x30\x26\xb2\x75\x8e\x66\xcf\x11....",
                                          std::string("\0\0\x01\xba....", 8),
                                          "OggS....",
                                          ".RMF....",
                                          transport_stream(0),
                                          transport_stream(4),
                                          "YUV4MPEG2 W4",
                                          "\x06\x0e\x2b\x34...."};
  for (std::size_t i = 0; i < media.size(); ++i) {
    INFO(i);
    CHECK(kind(media[i]) == FileKind::kUnreadMedia);
    CHECK(EncodedFile(media[i], "x.jpg")
              .probe_refusal()
              .ends_with(" by its contents, which is not read"));
  }
  for (const std::string& raw :
       {box("crx "), std::string("FUJIFILMCCD-RAW 0201"), std::string("IIRO\x08\0\0\0", 8),
        std::string("IIU\0\x08\0\0\0", 8), std::string("\0MRM....", 8), std::string("FOVb....")}) {
    CHECK(kind(raw) == FileKind::kRaw);
  }
}

TEST_CASE("what is read, and what is no media, is told as before", "[image]") {
  const cv::Mat image = sr::test::pattern(8, 8);
  for (const char* extension : {".png", ".jpg", ".webp", ".tiff", ".bmp", ".ppm"}) {
    CHECK(kind(sr::test::encode(image, extension)) == FileKind::kImage);
  }
  CHECK(kind(box("isom")) == FileKind::kVideo);
  CHECK(kind(box("qt  ")) == FileKind::kVideo);
  CHECK(kind(box("M4A ")) == FileKind::kOther);
  CHECK(kind("Good morning") == FileKind::kOther);
  CHECK(kind("") == FileKind::kOther);
  CHECK(kind("G") == FileKind::kOther);
}
