#include "data/validation.h"

#include <opencv2/core.hpp>

#include "data/test_images.h"
#include "support/catch.h"
#include "support/pattern.h"
#include "support/video.h"

namespace sr {
namespace {

using test::same;
using test::TempFolder;

DatasetConfig paired(const TempFolder& folder) {
  DatasetConfig config;
  config.key = "val";
  config.type = "pairedimagedataset";
  config.dataroot_gt = {(folder / "gt").string()};
  config.dataroot_lq = {(folder / "lq").string()};
  return config;
}

ValidationWalk walk_of(const DatasetConfig& config, int scale) {
  PairList list = list_pairs(config, scale);
  return {std::move(list.pairs), std::move(list.scenes), scale, config.clip_size};
}

}  // namespace

TEST_CASE("validation images are exact multiples whatever the files' sides", "[data]") {
  const TempFolder folder;
  test::write_image(folder / "lq/sub/a.png", test::coded_image(10, 8, 1, 0));
  test::write_image(folder / "gt/sub/a.png", test::coded_image(11, 8, 2, 0));
  DatasetConfig config = paired(folder);
  ValidationWalk walk = walk_of(config, 2);
  const auto image = walk.next();
  REQUIRE(image);
  CHECK(image->name == "sub/a");
  CHECK(image->lq.size() == cv::Size(10, 8));
  CHECK(image->gt.size() == cv::Size(20, 16));
  CHECK_FALSE(walk.next());

  config.type = "singlegtdataset";
  const auto made = walk_of(config, 4).next();
  REQUIRE(made);
  CHECK(made->gt.size() == cv::Size(20, 16));
  CHECK(made->lq.size() == cv::Size(5, 4));
}

TEST_CASE("a sample that is skipped leaves the others as they are", "[data]") {
  const TempFolder folder;
  for (const char* name : {"a", "b", "c"}) {
    test::write_image(folder / "lq" / (std::string(name) + ".png"), test::coded_image(8, 8, 1, 0));
    test::write_image(folder / "gt" / (std::string(name) + ".png"), test::coded_image(8, 8, 2, 0));
  }
  ValidationWalk walk = walk_of(paired(folder), 2);
  CHECK(walk.skip());
  CHECK(walk.next()->name == "b");
  CHECK(walk.skip());
  CHECK_FALSE(walk.skip());
  CHECK_FALSE(walk.next());
}

TEST_CASE("a clip is the frames around the middle one and never crosses scenes", "[data][video]") {
  const TempFolder folder;
  test::write_video(folder / "gt/a.avi", 5, {64, 48});
  test::write_video(folder / "lq/a.avi", 5, {32, 24}, 50);
  test::write_video(folder / "gt/b.avi", 4, {64, 48}, 90);
  test::write_video(folder / "lq/b.avi", 4, {32, 24}, 20);
  DatasetConfig config = paired(folder);
  config.type = "pairedvideodataset";
  config.clip_size = 3;
  ValidationWalk walk = walk_of(config, 2);
  for (const auto& [scene, samples] : {std::pair("a", 3), std::pair("b", 2)}) {
    const auto gt = test::decode_in_sequence(folder / ("gt/" + std::string(scene) + ".avi"));
    const auto lq = test::decode_in_sequence(folder / ("lq/" + std::string(scene) + ".avi"));
    for (int n = 1; n <= samples; ++n) {
      const auto sample = walk.next();
      REQUIRE(sample);
      CHECK(sample->name == std::string(scene) + "_00000" + std::to_string(n));
      CHECK(same(sample->gt, gt[static_cast<std::size_t>(n)]));
      REQUIRE(sample->lq.channels() == 9);
      std::vector<cv::Mat> channels;
      cv::split(sample->lq, channels);
      for (int frame = 0; frame < 3; ++frame) {
        cv::Mat rgb;
        cv::merge(channels.data() + 3 * frame, 3, rgb);
        CHECK(same(rgb, lq[static_cast<std::size_t>(n - 1 + frame)]));
      }
    }
  }
  CHECK_FALSE(walk.next());
}

TEST_CASE("single frames of a video are samples one by one", "[data][video]") {
  const TempFolder folder;
  test::write_video(folder / "gt/a.avi", 3, {64, 48});
  DatasetConfig config = paired(folder);
  config.type = "singlevideodataset";
  ValidationWalk walk = walk_of(config, 2);
  for (const char* name : {"a_000000", "a_000001", "a_000002"}) {
    const auto sample = walk.next();
    REQUIRE(sample);
    CHECK(sample->name == name);
    CHECK(sample->lq.channels() == 3);
  }
  CHECK_FALSE(walk.next());
}

TEST_CASE("frames of different depths are stacked as floats", "[data][video]") {
  const cv::Mat bytes(2, 2, CV_8UC3, cv::Scalar::all(255));
  const cv::Mat words(2, 2, CV_16UC3, cv::Scalar::all(65535));
  const cv::Mat stacked = stack_frames({bytes, words, bytes});
  CHECK(stacked.type() == CV_32FC(9));
  double lowest = 0.0;
  cv::minMaxIdx(stacked.reshape(1), &lowest);
  CHECK(lowest == Approx(1.0));
  CHECK(stack_frames({words, words, words}).depth() == CV_16U);
}

}  // namespace sr
