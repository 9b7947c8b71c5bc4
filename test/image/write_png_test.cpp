#include <opencv2/core.hpp>

#include "core/error.h"
#include "image/image.h"
#include "support/catch.h"
#include "support/pattern.h"
#include "support/temp_folder.h"

using sr::test::pattern;
using sr::test::TempFolder;

TEST_CASE("what is written as PNG is read back equal in 8 and 16 bits", "[image]") {
  const TempFolder folder;
  const std::filesystem::path file = folder / "out put.png";
  sr::write_png(file, pattern(31, 17));
  CHECK(sr::test::same(sr::decode_image(file), pattern(31, 17)));
  cv::Mat deep;
  pattern(31, 17).convertTo(deep, CV_16U, 257.0, 5.0);
  sr::write_png(file, deep);
  CHECK(sr::test::same(sr::decode_image(file), deep));
}

TEST_CASE("a view into a larger image is written as what it shows", "[image]") {
  const TempFolder folder;
  const cv::Rect part(3, 5, 11, 7);
  sr::write_png(folder / "a.png", pattern(31, 17)(part));
  CHECK(sr::test::same(sr::decode_image(folder / "a.png"), pattern(31, 17)(part)));
}

TEST_CASE("the compression changes the size of a PNG and not its pixels", "[image]") {
  const TempFolder folder;
  std::uintmax_t bytes_before = 0;
  for (const int level : {9, 3, 0}) {
    sr::write_png(folder / "a.png", pattern(64, 48), level);
    CHECK(sr::test::same(sr::decode_image(folder / "a.png"), pattern(64, 48)));
    CHECK(std::filesystem::file_size(folder / "a.png") > bytes_before);
    bytes_before = std::filesystem::file_size(folder / "a.png");
  }
}

TEST_CASE("a PNG that cannot be written is a storage error", "[image]") {
  CHECK_THROWS_AS(sr::write_png("/proc/nope/a.png", pattern(3, 3)), sr::StorageError);
  CHECK_THROWS_AS(sr::write_png("a.png", cv::Mat(3, 3, CV_32FC3)), std::invalid_argument);
}
