#include "upscale/upscale_picture.h"

#include <opencv2/core.hpp>

#include "support/catch.h"
#include "upscale/nearest.h"

namespace {

sr::UpscaledPicture upscale(const sr::Picture& picture, const sr::PictureSettings& settings = {},
                            sr::PictureFormat format = sr::PictureFormat::kPng) {
  return sr::upscale_picture(picture, sr::test::nearest(2), settings, format, "x");
}

sr::Picture two_pixels() {
  sr::Picture picture;
  picture.color = cv::Mat(1, 2, CV_8UC3);
  picture.color.at<cv::Vec3b>(0, 0) = {10, 20, 30};
  picture.color.at<cv::Vec3b>(0, 1) = {200, 210, 220};
  return picture;
}

}  // namespace

TEST_CASE("a colour image keeps its 8 bits", "[upscale]") {
  const sr::UpscaledPicture result = upscale(two_pixels(), {.compares = true});
  REQUIRE(result.picture.color.type() == CV_8UC3);
  REQUIRE(result.picture.color.size() == cv::Size(4, 2));
  CHECK(result.picture.color.at<cv::Vec3b>(1, 1) == cv::Vec3b(10, 20, 30));
  CHECK(result.picture.color.at<cv::Vec3b>(0, 2) == cv::Vec3b(200, 210, 220));
  CHECK(result.picture.alpha.empty());
  CHECK(cv::norm(result.compared, result.picture.color, cv::NORM_INF) == 0);
}

TEST_CASE("16 bits stay 16, become 8, or are made of 8 as the settings say", "[upscale]") {
  sr::Picture deep;
  deep.color = cv::Mat(1, 1, CV_16UC3, cv::Scalar(1000, 30000, 65535));
  CHECK(upscale(deep).picture.color.at<cv::Vec3w>(1, 1) == cv::Vec3w(1000, 30000, 65535));
  CHECK(upscale(deep, {.bits = sr::BitsMode::k8}).picture.color.at<cv::Vec3b>(0, 0) ==
        cv::Vec3b(4, 117, 255));
  CHECK(upscale(deep, {}, sr::PictureFormat::kJpeg).picture.color.depth() == CV_8U);
  CHECK(upscale(deep, {.compares = true}).compared.at<cv::Vec3b>(0, 0) == cv::Vec3b(4, 117, 255));
  CHECK(upscale(two_pixels(), {.bits = sr::BitsMode::k16}).picture.color.at<cv::Vec3w>(0, 0) ==
        cv::Vec3w(2570, 5140, 7710));
  sr::Picture floats;
  floats.color = cv::Mat(1, 1, CV_32FC3, cv::Scalar(0, 0.5, 1));
  CHECK(upscale(floats).picture.color.at<cv::Vec3w>(0, 0) == cv::Vec3w(0, 32768, 65535));
}

TEST_CASE("gray stays gray", "[upscale]") {
  sr::Picture picture;
  picture.gray = true;
  picture.color = cv::Mat(1, 1, CV_8UC3, cv::Scalar::all(137));
  // A network that tints: its luma, 0.299 * 147 + 0.587 * 137 + 0.114 * 137, is what is kept.
  sr::Resolver tinting = sr::test::nearest(1);
  tinting.run = [plain = tinting.run](const cv::Mat& lq, int depth, const std::string& name) {
    return cv::Mat(plain(lq, depth, name) + cv::Scalar(10, 0, 0));
  };
  const sr::UpscaledPicture tinted =
      sr::upscale_picture(picture, tinting, {.compares = true}, sr::PictureFormat::kPng, "x");
  CHECK(tinted.picture.gray);
  CHECK(tinted.picture.color.at<cv::Vec3b>(0, 0) == cv::Vec3b(140, 140, 140));
  CHECK(tinted.compared.at<cv::Vec3b>(0, 0) == cv::Vec3b(147, 137, 137));
  CHECK(upscale(picture).picture.color.at<cv::Vec3b>(1, 1) == cv::Vec3b(137, 137, 137));
}

TEST_CASE("alpha is scaled up beside colour that was filled from the edge", "[upscale]") {
  sr::Picture picture = two_pixels();
  picture.color.at<cv::Vec3b>(0, 0) = {0, 0, 0};
  picture.alpha = (cv::Mat_<std::uint8_t>(1, 2) << 0, 180);
  const sr::UpscaledPicture result = upscale(picture);
  // No black fringe: under the transparent pixel lies its neighbour's colour.
  CHECK(result.picture.color.at<cv::Vec3b>(1, 0) == cv::Vec3b(200, 210, 220));
  CHECK(result.picture.alpha.at<std::uint8_t>(1, 1) == 0);
  CHECK(result.picture.alpha.at<std::uint8_t>(0, 2) == 180);

  // Validation knows no alpha: what is compared was not filled.
  CHECK(upscale(picture).compared.empty());
  CHECK(upscale(picture, {.compares = true}).compared.at<cv::Vec3b>(1, 0) == cv::Vec3b(0, 0, 0));

  const sr::UpscaledPicture dropped = upscale(picture, {.alpha = sr::AlphaMode::kDrop});
  CHECK(dropped.picture.alpha.empty());
  CHECK(dropped.picture.color.at<cv::Vec3b>(1, 0) == cv::Vec3b(0, 0, 0));
  CHECK(upscale(picture, {}, sr::PictureFormat::kJpeg).picture.alpha.empty());
}

TEST_CASE("bicubic alpha is what MATLAB's imresize gives", "[upscale]") {
  sr::Picture picture;
  picture.color = cv::Mat(1, 4, CV_8UC3, cv::Scalar::all(50));
  picture.alpha = (cv::Mat_<std::uint8_t>(1, 4) << 0, 0, 200, 200);
  const cv::Mat alpha = upscale(picture, {.alpha = sr::AlphaMode::kBicubic}).picture.alpha;
  const cv::Mat expected = (cv::Mat_<std::uint8_t>(1, 8) << 0, 0, 0, 41, 159, 214, 205, 200);
  CAPTURE(alpha);
  CHECK(cv::norm(alpha.row(0), expected, cv::NORM_INF) == 0);
  CHECK(cv::norm(alpha.row(1), expected, cv::NORM_INF) == 0);
}

TEST_CASE("alpha of 16 bits keeps them", "[upscale]") {
  sr::Picture picture;
  picture.color = cv::Mat(1, 1, CV_16UC3, cv::Scalar(1, 2, 3));
  picture.alpha = cv::Mat(1, 1, CV_16UC1, cv::Scalar(40000));
  const sr::UpscaledPicture result = upscale(picture);
  CHECK(result.picture.alpha.at<std::uint16_t>(1, 1) == 40000);
}

TEST_CASE("outscale gives other sides than the network's", "[upscale]") {
  sr::Picture picture;
  picture.color = cv::Mat(5, 7, CV_8UC3, cv::Scalar(1, 99, 255));
  picture.alpha = cv::Mat(5, 7, CV_8UC1, 128);
  const sr::UpscaledPicture result = upscale(picture, {.outscale = 1.5});
  CHECK(result.picture.color.size() == cv::Size(11, 8));  // 10.5 and 7.5, halves away from 0
  CHECK(result.picture.color.at<cv::Vec3b>(4, 4) == cv::Vec3b(1, 99, 255));
  CHECK(result.picture.alpha.size() == cv::Size(11, 8));
  CHECK(result.picture.alpha.at<std::uint8_t>(7, 10) == 128);
  CHECK(upscale(picture, {.outscale = 4}).picture.color.size() == cv::Size(28, 20));
  CHECK(upscale(picture, {.outscale = 0.01}).picture.color.size() == cv::Size(1, 1));
}
