#include "encoded.h"
#include "support/catch.h"
#include "support/pattern.h"

using sr::test::encode;
using sr::test::EncodedFile;
using sr::test::pattern;

namespace {

constexpr int kQuality = 64;  // cv::IMWRITE_WEBP_QUALITY; above 100 is lossless

}  // namespace

TEST_CASE("lossy and lossless WebP are told and decoded", "[image]") {
  const EncodedFile lossy(encode(pattern(33, 21), ".webp", {kQuality, 90}));
  CHECK(lossy.probe().format == "webp");
  CHECK(lossy.probe().width == 33);
  CHECK(lossy.probe().height == 21);
  CHECK(lossy.probe().channels == 3);
  CHECK(lossy.decode().size() == cv::Size(33, 21));
  const EncodedFile lossless(encode(pattern(33, 21), ".webp", {kQuality, 101}));
  CHECK(lossless.probe().width == 33);
  CHECK(sr::test::same(lossless.decode(), pattern(33, 21)));
}

TEST_CASE("a truncated WebP is refused with both lengths", "[image]") {
  const std::string whole = encode(pattern(33, 21), ".webp", {kQuality, 101});
  const EncodedFile file(whole.substr(0, 200));
  CHECK(file.probe_refusal() ==
        "truncated: it ends after 200 of " + std::to_string(whole.size()) + " bytes");
}

TEST_CASE("animated and damaged WebP are refused", "[image]") {
  const auto container = [](const std::string& chunks) {
    return "RIFF" + sr::test::le32(static_cast<std::uint32_t>(chunks.size() + 4)) + "WEBP" + chunks;
  };
  const std::string ten = sr::test::le32(10);
  CHECK(EncodedFile(container("VP8X" + ten + "\x02" + std::string(9, '\0'))).probe_refusal() ==
        "animated WebP is not supported");
  CHECK(EncodedFile(container("VP8 " + ten + std::string(10, '\0'))).probe_refusal() ==
        "damaged: no VP8 key frame");
  CHECK(EncodedFile(container("VP8L" + ten + std::string(10, '\0'))).probe_refusal() ==
        "damaged: no VP8L signature");
  CHECK(EncodedFile(container("WHAT" + ten + std::string(10, '\0'))).probe_refusal() ==
        "damaged: no WebP image where one must be");
}
