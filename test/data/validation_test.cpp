#include "data/validation.h"

#include <opencv2/core.hpp>

#include "data/test_images.h"
#include "support/catch.h"

namespace sr {

TEST_CASE("validation images are exact multiples whatever the files' sides", "[data]") {
  const test::TempFolder folder;
  test::write_image(folder / "lq/a.png", test::coded_image(10, 8, 1, 0));
  test::write_image(folder / "gt/a.png", test::coded_image(11, 8, 2, 0));
  DatasetConfig config;
  config.key = "val";
  config.type = "pairedimagedataset";
  config.dataroot_gt = {(folder / "gt").string()};
  config.dataroot_lq = {(folder / "lq").string()};
  const PairList list = list_pairs(config, 2);
  const ValidationImage image = load_validation_image(list.pairs.at(0), 2);
  CHECK(image.lq.size() == cv::Size(10, 8));
  CHECK(image.gt.size() == cv::Size(20, 16));

  config.type = "singlegtdataset";
  const ValidationImage made = load_validation_image(list_pairs(config, 4).pairs.at(0), 4);
  CHECK(made.gt.size() == cv::Size(20, 16));
  CHECK(made.lq.size() == cv::Size(5, 4));
}

}  // namespace sr
