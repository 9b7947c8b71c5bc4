#include <map>
#include <opencv2/core.hpp>

#include "encoded.h"
#include "image/file_kind.h"
#include "image/image.h"
#include "support/catch.h"
#include "support/pattern.h"
#include "support/shared_data.h"

// Real files by other encoders. Each is explained in the folder's MANIFEST.txt.

using sr::test::refusal;
using sr::test::same;
using sr::test::shared_data;

namespace {

std::string reason(const std::filesystem::path& file, bool decode) {
  const std::string message = refusal([&] {
    sr::probe_image(file);
    if (decode) {
      sr::decode_image(file);
    }
  });
  return message.substr(std::min(message.size(), file.string().size() + 2));
}

double mean_difference(const cv::Mat& a, const cv::Mat& b) {
  return cv::norm(a, b, cv::NORM_L1) / static_cast<double>(a.total() * 3);
}

}  // namespace

TEST_CASE("hard files that are broken are refused with the reason", "[image]") {
  const auto folder = shared_data("hard");
  if (!folder) {
    SR_SKIP("no shared data: hard");
  }
  const std::string unknown = "not an image of a known format (PNG, JPEG, WebP, TIFF, BMP, PNM)";
  const std::map<std::string, std::string> found_by_probe = {
      {"empty.png", "the file is empty"},
      {"text.png", unknown},
      {"MANIFEST.txt", unknown},
      {"only_signature.png", "truncated: it ends after 8 bytes, the end chunk IEND is missing"},
      {"png_truncated60.png", "truncated: it ends after 20351 bytes, inside a chunk"},
      {"jpeg_truncated60.jpg", "truncated: it ends after 8325 bytes without the JPEG end marker"},
      {"png_huge_100000x100000_header_only.png",
       "100000 x 100000 pixels are more than the limit of 1073741824 pixels (1048576 a side)"},
  };
  for (const auto& [name, expected] : found_by_probe) {
    CHECK(reason(*folder / name, false) == expected);
    CHECK(refusal([&] { sr::decode_image(*folder / name); }).ends_with(expected));
  }
  CHECK(reason(*folder / "png_bad_crc_idat.png", false).empty());
  CHECK(reason(*folder / "png_bad_crc_idat.png", true) ==
        "damaged or incomplete PNG data: IDAT: CRC error");
}

TEST_CASE("every other hard file is probed and decoded to the same sides", "[image]") {
  const auto folder = shared_data("hard");
  if (!folder) {
    SR_SKIP("no shared data: hard");
  }
  int usable = 0;
  for (const auto& entry : std::filesystem::directory_iterator(*folder)) {
    if (!reason(entry.path(), false).empty() || entry.path().filename() == "png_bad_crc_idat.png") {
      continue;
    }
    INFO(entry.path());
    CHECK(sr::kind_by_content(entry.path()) == sr::FileKind::kImage);
    const sr::ImageInfo info = sr::probe_image(entry.path());
    const cv::Mat image = sr::decode_image(entry.path());
    CHECK(image.size() == cv::Size(info.width, info.height));
    CHECK(image.type() == (info.bits == 16 ? CV_16UC3 : CV_8UC3));
    ++usable;
  }
  CHECK(usable == 30);
}

TEST_CASE("hard files that hold the reference picture decode to it", "[image]") {
  const auto folder = shared_data("hard");
  if (!folder) {
    SR_SKIP("no shared data: hard");
  }
  const cv::Mat reference = sr::decode_image(*folder / "png_good_reference.png");
  REQUIRE(reference.size() == cv::Size(128, 96));
  for (const char* name : {"-dash.png", "UPPERCASE.PNG", "name with spaces.png", "noextension",
                           "\u00fcn\u00ef c\u00f6d\u00e9 \u753b\u50cf \u00f1.png", "bmp24.bmp",
                           "ppm.ppm", "tiff_rgb8.tif", "tiff_rgb8_lzw.tif", "webp_lossless.webp"}) {
    INFO(name);
    CHECK(same(sr::decode_image(*folder / name), reference));
  }
  for (const char* name : {"jpeg_cmyk.jpg", "jpeg_exif_orientation6.jpg", "jpeg_progressive.jpg",
                           "webp_lossy.webp", "png_rgba8.png", "png_palette.png"}) {
    const cv::Mat image = sr::decode_image(*folder / name);
    INFO(name << " differs by " << mean_difference(image, reference));
    CHECK(image.size() == reference.size());
    CHECK(mean_difference(image, reference) < 12.0);
  }
}

TEST_CASE("the same 16-bit picture comes equal out of PNG and TIFF", "[image]") {
  const auto folder = shared_data("hard");
  if (!folder) {
    SR_SKIP("no shared data: hard");
  }
  CHECK(same(sr::decode_image(*folder / "png_rgb16.png"),
             sr::decode_image(*folder / "tiff_rgb16.tif")));
  CHECK(same(sr::decode_image(*folder / "png_gray16.png"),
             sr::decode_image(*folder / "tiff_gray16.tif")));
}
