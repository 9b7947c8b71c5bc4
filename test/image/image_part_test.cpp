#include "image/image_part.h"

#include <stdexcept>

#include "support/catch.h"
#include "support/pattern.h"

using sr::ImagePart;
using sr::test::pattern;
using sr::test::same;

TEST_CASE("a part of an image gives what it holds and nothing else", "[image]") {
  const cv::Mat image = pattern(20, 12);
  const cv::Rect held(5, 3, 8, 6);
  const ImagePart part(image(held).clone(), held.tl(), image.size());
  CHECK(part.size() == cv::Size(20, 12));
  CHECK(part.pixels() == 48);
  CHECK(part.bytes() == 144);
  CHECK(!part.is_whole());
  CHECK(same(part.at(held), image(held)));
  CHECK(same(part.at({7, 4, 2, 5}), image({7, 4, 2, 5})));
  for (const cv::Rect& rect : {cv::Rect(4, 3, 8, 6), cv::Rect(5, 2, 1, 1), cv::Rect(6, 3, 8, 6),
                               cv::Rect(5, 4, 8, 6), cv::Rect(0, 0, 20, 12)}) {
    CHECK(!part.holds(rect));
    CHECK_THROWS_AS(part.at(rect), std::logic_error);
  }
  CHECK_THROWS_AS(part.whole(), std::logic_error);
}

TEST_CASE("a whole image is a part that holds everything", "[image]") {
  const cv::Mat image = pattern(20, 12);
  const ImagePart part = image;
  CHECK(part.is_whole());
  CHECK(part.whole().data == image.data);
  CHECK(part.at({19, 11, 1, 1}).at<cv::Vec3b>(0, 0) == image.at<cv::Vec3b>(11, 19));
  CHECK_THROWS_AS(part.at({0, 0, 21, 12}), std::logic_error);
  CHECK(ImagePart().is_whole());
  CHECK(ImagePart().pixels() == 0);
}

TEST_CASE("an image is cut at the right and bottom, in part or whole", "[image]") {
  const cv::Mat image = pattern(20, 12);
  const ImagePart whole = ImagePart(image).cut_to({18, 9});
  CHECK(same(whole.whole(), image({0, 0, 18, 9})));
  CHECK(whole.whole().isContinuous());
  CHECK_THROWS_AS(ImagePart(image).cut_to({21, 12}), std::invalid_argument);
  const ImagePart part = ImagePart(image({5, 3, 8, 6}), {5, 3}, image.size());
  CHECK(part.cut_to({13, 9}).size() == cv::Size(13, 9));
  CHECK(same(part.cut_to({13, 9}).at({6, 4, 2, 2}), image({6, 4, 2, 2})));
  CHECK_THROWS_AS(part.cut_to({12, 9}), std::invalid_argument);
  CHECK_THROWS_AS(ImagePart(image, {1, 0}, image.size()), std::invalid_argument);
}
