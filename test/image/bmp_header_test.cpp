#include "encoded.h"
#include "support/catch.h"
#include "support/pattern.h"

using sr::test::encode;
using sr::test::EncodedFile;
using sr::test::pattern;

TEST_CASE("BMP is told and decoded", "[image]") {
  const EncodedFile file(encode(pattern(7, 5), ".bmp"));
  CHECK(file.probe().format == "bmp");
  CHECK(file.probe().width == 7);
  CHECK(file.probe().height == 5);
  CHECK(file.probe().channels == 3);
  CHECK(sr::test::same(file.decode(), pattern(7, 5)));
}

TEST_CASE("a BMP stored top row first has the same height", "[image]") {
  std::string bytes = encode(pattern(7, 5), ".bmp");
  bytes.replace(22, 4, sr::test::le32(static_cast<std::uint32_t>(-5)));
  const EncodedFile file(bytes);
  CHECK(file.probe().height == 5);
  cv::Mat upside_down;
  cv::flip(pattern(7, 5), upside_down, 0);
  CHECK(sr::test::same(file.decode(), upside_down));
}

TEST_CASE("a truncated or damaged BMP is refused", "[image]") {
  const std::string whole = encode(pattern(7, 5), ".bmp");
  CHECK(EncodedFile(whole.substr(0, whole.size() - 1)).probe_refusal() ==
        "truncated: it ends after " + std::to_string(whole.size() - 1) + " of " +
            std::to_string(whole.size()) + " bytes");
  std::string odd = whole;
  odd[28] = 13;
  CHECK(EncodedFile(odd).probe_refusal() == "damaged header: BMP with 13 bits a pixel");
  const auto with_offset = [&](std::uint32_t offset) {
    return EncodedFile(std::string(whole).replace(10, 4, sr::test::le32(offset)) + "more")
        .probe_refusal();
  };
  CHECK(with_offset(54).empty());
  for (const std::uint32_t offset : {0U, 14U, 53U}) {
    CHECK(with_offset(offset) == "damaged header: the pixels of a BMP begin inside of it");
  }
}
