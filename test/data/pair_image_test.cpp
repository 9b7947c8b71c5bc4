#include "data/pair_image.h"

#include <opencv2/core.hpp>

#include "core/error.h"
#include "data/test_images.h"
#include "degrade/resized.h"
#include "image/image.h"
#include "image/resize.h"
#include "support/catch.h"
#include "support/shared_data.h"

namespace sr {
namespace {

ImagePair pair_of(const test::TempFolder& folder, int lq_width, int lq_height) {
  ImagePair pair;
  pair.gt = folder / "gt.png";
  pair.lq = folder / "lq.png";
  pair.lq_width = lq_width;
  pair.lq_height = lq_height;
  return pair;
}

PairImage decoded(const ImagePair& pair, int scale) {
  return read_pair(pair, scale,
                   [](const std::filesystem::path& file, std::int64_t, const WantedPart&) {
                     return decode_image(file);
                   });
}

bool equal(const ImagePart& image, const cv::Mat& b) {
  const cv::Mat& a = image.whole();
  return a.size() == b.size() && a.type() == b.type() && cv::norm(a, b, cv::NORM_INF) == 0;
}

}  // namespace

TEST_CASE("a pair is decoded as it is when its sides fit", "[data]") {
  const test::TempFolder folder;
  test::write_image(folder / "lq.png", test::coded_image(7, 5, 1, 0));
  test::write_image(folder / "gt.png", test::coded_image(7, 5, 3, 0));
  const PairImage images = decoded(pair_of(folder, 7, 5), 3);
  CHECK(equal(images.lq, test::coded_image(7, 5, 1, 0)));
  CHECK(equal(images.gt, test::coded_image(7, 5, 3, 0)));
  CHECK(images.pixels() == 35 + 35 * 9);
  CHECK(images.bytes() == 3 * images.pixels());
}

TEST_CASE("what exceeds the settled sides is cut off at the right and bottom", "[data]") {
  const test::TempFolder folder;
  test::write_image(folder / "lq.png", test::coded_image(8, 6, 1, 0));
  test::write_image(folder / "gt.png", test::coded_image(9, 9, 2, 0));
  const PairImage images = decoded(pair_of(folder, 7, 5), 2);
  CHECK(equal(images.lq, test::coded_image(7, 5, 1, 0)));
  CHECK(equal(images.gt, test::coded_image(7, 5, 2, 0)));
}

TEST_CASE("the same part is read of LQ and GT where it suffices", "[data]") {
  const cv::Mat lq = test::coded_image(30, 20, 1, 0);
  const cv::Mat gt = test::coded_image(31, 21, 2, 0);  // a pixel of LQ more at the right and bottom
  int parts = 0;
  const auto read = [&](const std::filesystem::path& file, std::int64_t,
                        const WantedPart& wanted) -> ImagePart {
    const cv::Mat& image = file == "lq" ? lq : gt;
    parts += wanted ? 1 : 0;
    return wanted ? ImagePart(image(*wanted), wanted->tl(), image.size()) : ImagePart(image);
  };
  ImagePair pair;
  pair.gt = std::filesystem::path("gt");
  pair.lq = std::filesystem::path("lq");
  pair.lq_width = 30;
  pair.lq_height = 20;
  const cv::Rect wanted(7, 4, 9, 9);
  const PairImage images = read_pair(pair, 2, read, wanted);
  CHECK(parts == 2);
  CHECK(images.lq.size() == cv::Size(30, 20));
  CHECK(images.gt.size() == cv::Size(60, 40));
  CHECK(images.pixels() == 81 + 4 * 81);
  CHECK(images.holds(wanted, 2));
  CHECK(!images.holds({7, 4, 10, 9}, 2));
  CHECK(equal(images.gt.at({14, 8, 18, 18}), gt({14, 8, 18, 18})));
  CHECK(read_pair(pair, 2, read).is_whole());
  pair.lq_width = 31;
  CHECK_THROWS_AS(read_pair(pair, 2, read, wanted), DataError);  // smaller than it was
  pair.lq_width = 30;
  pair.lq.clear();
  parts = 0;
  CHECK(read_pair(pair, 2, read, wanted).is_whole());  // all of GT makes LQ
  CHECK(parts == 0);
}

TEST_CASE("an LQ image that does not exist is made from the cropped GT", "[data]") {
  const test::TempFolder folder;
  test::write_image(folder / "gt.png", test::coded_image(21, 15, 1, 3));
  ImagePair pair = pair_of(folder, 10, 7);
  pair.lq.clear();
  const PairImage images = decoded(pair, 2);
  const cv::Mat gt = test::coded_image(21, 15, 1, 3)(cv::Rect(0, 0, 20, 14)).clone();
  CHECK(equal(images.gt, gt));
  CHECK(equal(images.lq, resize_bicubic_to(gt, 10, 7)));
}

TEST_CASE("LQ is made by the resize that is asked for, antialiased and in GT's depth", "[data]") {
  const test::TempFolder folder;
  cv::Mat gt = test::coded_image(20, 14, 1, 3);
  test::write_image(folder / "gt.png", gt);
  ImagePair pair = pair_of(folder, 10, 7);
  pair.lq.clear();
  cv::Mat floats;
  gt.convertTo(floats, CV_32F, 1.0 / 255);
  for (const ResizeMode mode :
       {ResizeMode::kArea, ResizeMode::kBilinear, ResizeMode::kNearest, ResizeMode::kLanczos}) {
    pair.lq_mode = mode;
    cv::Mat expected;
    resized(floats, {10, 7}, mode, true).convertTo(expected, CV_8U, 255);
    const PairImage images = decoded(pair, 2);
    CHECK(equal(images.lq, expected));
    CHECK_FALSE(equal(images.lq, resize_bicubic_to(gt, 10, 7)));
  }
  gt.convertTo(gt, CV_16U, 257);
  write_png(folder / "gt.png", gt);
  pair.lq_mode = ResizeMode::kArea;
  CHECK(decoded(pair, 2).lq.depth() == CV_16U);
}

TEST_CASE("a pair of which some samples are degraded has both images", "[data]") {
  const test::TempFolder folder;
  test::write_image(folder / "lq.png", test::coded_image(7, 5, 1, 0));
  test::write_image(folder / "gt.png", test::coded_image(7, 5, 3, 0));
  ImagePair pair = pair_of(folder, 7, 5);
  pair.degraded = true;
  CHECK(equal(decoded(pair, 3).lq, test::coded_image(7, 5, 1, 0)));
}

TEST_CASE("an image that is degraded with every sample takes no memory for LQ", "[data]") {
  const test::TempFolder folder;
  test::write_image(folder / "gt.png", test::coded_image(21, 15, 1, 3));
  ImagePair pair = pair_of(folder, 10, 7);
  pair.lq.clear();
  pair.degraded = true;
  const PairImage images = decoded(pair, 2);
  CHECK(images.lq.pixels() == 0);
  CHECK(images.gt.size() == cv::Size(20, 14));
  CHECK(images.bytes() == 3 * 20 * 14);
}

TEST_CASE("a made LQ image is the published one bit for bit", "[data]") {
  const auto shared = test::shared_data("Set14");
  if (!shared) {
    SR_SKIP("no shared data");
  }
  DatasetConfig config;
  config.key = "val";
  config.type = "pairedimagedataset";
  config.dataroot_gt = {(*shared / "hr_x4").string()};
  config.dataroot_lq = {(*shared / "lr_x4").string()};
  for (ImagePair pair : list_pairs(config, 4).pairs) {
    const PairImage published = decoded(pair, 4);
    pair.lq.clear();
    CHECK(equal(decoded(pair, 4).lq, published.lq.whole()));
  }
}

TEST_CASE("a file that has become smaller or unreadable is named", "[data]") {
  const test::TempFolder folder;
  test::write_image(folder / "lq.png", test::coded_image(7, 5, 1, 0));
  test::write_image(folder / "gt.png", test::coded_image(7, 5, 2, 0));
  const auto reason = [&](int width, int height) {
    return test::message_of<DataError>([&] { decoded(pair_of(folder, width, height), 2); });
  };
  CHECK(reason(8, 5) ==
        (folder / "gt.png").string() + ": has changed since the start: is 14x10, 16x10 are needed");
  folder.write("lq.png", "gone");
  CHECK(test::contains(reason(7, 5), (folder / "lq.png").string() + ": "));
}

}  // namespace sr
