#include "image/decode_bytes.h"

#include <vector>

#include "core/units.h"
#include "encoded.h"
#include "support/catch.h"

using sr::kGiB;
using sr::test::EncodedFile;
using sr::test::le32;
using sr::test::png_chunk;
using sr::test::png_start;

namespace {

std::string refusal(const sr::ImageInfo& info, std::int64_t most) {
  const std::vector<std::uint8_t> nothing;
  const sr::MemorySource source("x", nothing);
  return sr::test::refusal([&] { sr::check_decode_memory(source, info, most); });
}

}  // namespace

TEST_CASE("an image may take so much memory and no more", "[image]") {
  const sr::ImageInfo photo{
      .format = "png", .width = 6000, .height = 4000, .channels = 3, .bits = 8};
  CHECK(refusal(photo, 144'000'000).empty());
  CHECK(refusal(photo, 143'999'999) ==
        "x: 6000 x 4000 pixels take 137.3 MiB to decode; 137.3 MiB are allowed, a quarter of the "
        "memory shared by the decoding threads");
  CHECK_FALSE(refusal({.format = "png", .width = 6000, .height = 4000, .channels = 3, .bits = 16},
                      144'000'000)
                  .empty());
  CHECK_FALSE(refusal({.format = "png", .width = 32768, .height = 32768, .channels = 1, .bits = 1},
                      4 * kGiB - 1)
                  .empty());
  CHECK(sr::most_decode_bytes() > 0);
}

TEST_CASE("few bytes that claim a great image are refused by probe and decoder", "[image]") {
  // 2^30 pixels of 16 bits take 12 GiB, more than a quarter of what the machines of this test have.
  if (sr::most_decode_bytes() >= 12 * kGiB) {
    SR_SKIP("this machine may decode them");
  }
  constexpr std::uint32_t kSide = 32768;
  const std::string png =
      png_start(kSide, kSide, 16, 2) + png_chunk("IDAT", "x") + png_chunk("IEND", "");
  const std::string pnm = "P6\n32768 32768\n65535\n";
  const std::string tiff = sr::test::tiff(
      kSide, kSide, {{258, 3, {16, 16, 16}}, {259, 3, {8}}, {262, 3, {2}}, {277, 3, {3}}}, "x");
  for (const std::string& bytes : {png, tiff}) {
    const EncodedFile file(bytes);
    CHECK(file.probe_refusal().find("to decode") != std::string::npos);
    CHECK(file.decode_refusal().find("to decode") != std::string::npos);
  }
  CHECK(EncodedFile(pnm).probe_refusal().starts_with("truncated"));
}
